#!/usr/bin/env bash
# Make both lock files anew after a pyproject.toml has changed. Needs both environments (scripts/setup.py):
# what a source package asks for depends on the Python that builds it.
set -euo pipefail
cd "$(dirname "$0")/.."
uv="$(command -v uv || echo .tools/bin/uv)"
common=(--universal --generate-hashes --no-header --no-annotate)

"$uv" pip compile pyproject.toml --group dev --group torch-needs --no-emit-package torch \
  --python .venv/bin/python --python-version 3.11 "${common[@]}" -o requirements.lock
# --upgrade: with the old lock as a preference uv splits numpy by platform and ends elsewhere each time.
"$uv" pip compile bot/pyproject.toml --upgrade \
  --python bot/.venv/bin/python --python-version 3.10 "${common[@]}" -o bot/requirements.lock
