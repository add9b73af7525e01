PYTHON ?= python3
BIN := .venv/bin

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup run test needs lint format lock clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup:  ## everything that is missing or stale: environments, model, index
	@$(PYTHON) scripts/setup.py

run: setup  ## set up, then start Rasa and the gateway (WST_HOST, WST_PORT, WST_DATA_DIR)
	@exec $(BIN)/wanshitong run

test: needs setup lint  ## set up, then every check and every test
	@$(BIN)/pytest -n 2

needs:
	@$(PYTHON) scripts/needs.py

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format:  ## put the code into the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock:  ## make both lock files anew
	@scripts/lock.sh

clean:  ## take away everything that set-up made, except the data in var/
	rm -rf .venv bot/.venv .cache .tools
