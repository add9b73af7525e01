"""Understand many messages at once: JSON lines in, JSON lines out.

    python -m components.parse_batch MODEL_PATH < questions.jsonl > answers.jsonl
    python -m components.parse_batch --smoke MODEL_PATH

Each line in is {"q": text}; each line out has q, intent, confidence and entities, in the same order.
Exit codes: 0 done; 2 a line cannot be read; 3 the model does not tell obvious sentences apart.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import structlog
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.graph import ExecutionContext
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.trackers import DialogueStateTracker

_UNREADABLE = 2
_UNTRAINED = 3
_OBVIOUS = {
    "路燈壞掉了": "report_dispatch",
    "我要陳情": "file_petition",
    "工程偷工減料": "report_public_works",
    "查詢案件進度": "query_case",
    "我要找真人客服": "request_human",
    "失火了快來救人": "emergency",
    "我要預約免費律師": "legal_consultation",
    "戶籍謄本怎麼申請": "ask_faq",
    "謝謝": "smalltalk",
}

Answer = dict[str, Any]
Parse = Callable[[str], Answer]


def main() -> int:
    """Parse what comes on standard input, or only check the model. Return the exit code."""
    options = _options()
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory(prefix="nlu-") as folder:
        parse = load_parser(options.model, Path(folder))
        confused = _confused(parse)
        if confused:
            sys.stderr.write(f"{options.model}: untrained intent classifier: {'; '.join(confused)}\n")
            return _UNTRAINED
        return 0 if options.smoke else _answer(parse, sys.stdin, answers)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="components.parse_batch")
    parser.add_argument("--smoke", action="store_true", help="check the model and parse nothing")
    parser.add_argument("model", type=Path, help="a trained model (.tar.gz)")
    options = parser.parse_args()
    if not options.model.is_file():
        parser.error(f"no model at {options.model}")
    return options


def load_parser(model: Path, folder: Path) -> Parse:
    """Load the understanding half of the model; policies, domain and stores stay on the disk."""
    storage, metadata = LocalModelStorage.from_model_archive(folder, model)
    target = metadata.nlu_target
    if target is None:
        raise SystemExit(f"{model}: the model understands nothing: it was trained without NLU data")
    schema = metadata.predict_schema.minimal_graph_schema([target])
    runner = DaskGraphRunner.create(schema, storage, ExecutionContext(schema, metadata.model_id))

    def parse(text: str) -> Answer:
        tracker = DialogueStateTracker.from_events("batch", [])
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: tracker}
        understood = runner.run(inputs, [target])[target][0].as_dict(only_output_properties=True)
        intent = understood.get("intent") or {}
        return {
            "q": text,
            "intent": intent.get("name"),
            "confidence": intent.get("confidence", 0.0),
            "entities": [
                {key: entity[key] for key in ("entity", "value", "start", "end")}
                for entity in understood.get("entities", [])
            ],
        }

    return parse


def _confused(parse: Parse) -> list[str]:
    """Return what went wrong with the obvious sentences: an untrained classifier calls them all alike."""
    found = {text: parse(text)["intent"] for text in _OBVIOUS}
    return [f"{text} → {found[text]}" for text, intent in _OBVIOUS.items() if found[text] != intent]


def _answer(parse: Parse, lines: Iterable[str], answers: IO[str]) -> int:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)["q"]
        except (ValueError, KeyError, TypeError) as error:
            sys.stderr.write(f'line {number} is not {{"q": text}}: {error!r}\n')
            return _UNREADABLE
        answers.write(json.dumps(parse(text), ensure_ascii=False) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
