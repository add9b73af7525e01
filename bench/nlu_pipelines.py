"""Candidate pipelines for understanding a citizen, compared on the same data, one core.

    PYTHONPATH=bot OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \\
        bot/.venv/bin/python bench/nlu_pipelines.py [--only NAME ...] [--folds N] [--write]

Each is trained by Rasa: N times on nlu_data without one fold, which it is then asked, and once on all
of it. The second model answers what it never saw: messages with their intent (eval/dev_intents.jsonl),
questions that are ordinary (eval/dev_faq.jsonl) and the city's own reports (cases/…). A fallback counts
as wrong, save for a question, which then goes to the FAQ like any other.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog
import yaml
from components.parse_batch import Parse, load_parser
from rasa.model_training import train_nlu
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

ROOT = Path(__file__).resolve().parent.parent
CITY = Path(os.environ.get("WST_CITY_DATA", ROOT.parent / "shared" / "data"))
RESULT = ROOT / "bench" / "results" / "nlu_pipelines.md"
COMMAND = "bot/.venv/bin/python bench/nlu_pipelines.py --write"
KINDS = [
    "report_dispatch",
    "file_petition",
    "report_public_works",
    "query_case",
    "request_human",
    "emergency",
    "legal_consultation",
    "smalltalk",
]
TO_THE_FAQ = {"ask_faq", "nlu_fallback"}
COLUMNS = (
    "pipeline | F1, folds | F1, dev | worst recall, dev | emergency recall, folds | questions to the FAQ"
    " | reports to dispatch | false emergencies | training s | parse ms | model MB"
)

TOKENS = {"name": "components.char_tokenizer.CharTokenizer"}
SIGNS = {
    "name": "RegexFeaturizer",
    "alias": "signs",
    "use_word_boundaries": False,
    "use_lookup_tables": False,
}
COUNTER = {"name": "CountVectorsFeaturizer", "min_df": 2}
COUNTS = {**COUNTER, "analyzer": "word", "min_ngram": 1, "max_ngram": 2, "alias": "grams"}
CHARACTERS = {**COUNTER, "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 3}
RASA_LINEAR = {"name": "LogisticRegressionClassifier", "max_iter": 200}
OURS = {"name": "components.linear_intent_classifier.LinearIntentClassifier", "cost": {"emergency": 2}}
DIET = {
    "name": "DIETClassifier",
    "epochs": 10,
    "entity_recognition": False,
    "constrain_similarities": True,
    "random_seed": 42,
}
FALLBACK = {"name": "FallbackClassifier", "threshold": 0.35, "ambiguity_threshold": 0.05}

PIPELINES: dict[str, list[dict[str, Any]]] = {
    "counts of tokens 1–2, Rasa's logistic regression": [TOKENS, COUNTS, RASA_LINEAR],
    "counts of characters 1–3 (char_wb), Rasa's logistic regression": [TOKENS, CHARACTERS, RASA_LINEAR],
    "counts of tokens 1–2 and signs, Rasa's logistic regression": [TOKENS, SIGNS, COUNTS, RASA_LINEAR],
    "counts of tokens 1–2 and signs, DIET, 10 epochs": [TOKENS, SIGNS, COUNTS, DIET],
    "tf-idf of tokens 1–2, no signs (sign_weight 0)": [TOKENS, SIGNS, COUNTS, {**OURS, "sign_weight": 0.0}],
    "tf-idf of tokens 1–2 and signs (chosen)": [TOKENS, SIGNS, COUNTS, OURS],
}
# One training takes longer than the whole of the limit: it is trained once, on everything.
WITHOUT_FOLDS = {"counts of tokens 1–2 and signs, DIET, 10 epochs"}

Block = dict[str, Any]
Example = tuple[str, str]


def main() -> None:
    """Measure, print, and with `--write` keep the table."""
    options = _options()
    # A restored component would cost no time.
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    examples, rest = _training_data()
    rows = _rows_kept()
    for name in options.only or PIPELINES:
        with tempfile.TemporaryDirectory() as folder:
            rows[name] = _measure(name, examples, rest, options.folds, Path(folder))
        print(rows[name], flush=True)
        if options.write:
            ordered = [rows[name] for name in PIPELINES if name in rows]
            RESULT.write_text(_report(ordered, len(examples), options.folds), encoding="utf-8")


def _rows_kept() -> dict[str, str]:
    """Return the rows measured before, so that a pipeline can be measured by itself."""
    lines = RESULT.read_text(encoding="utf-8").splitlines() if RESULT.exists() else []
    rows = [line.strip("| ") for line in lines if line.startswith("| ")]
    return {row.split(" | ")[0]: row for row in rows}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", choices=list(PIPELINES))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def _training_data() -> tuple[list[Example], list[Block]]:
    """Return the examples as (line, intent), and the blocks that are no intents."""
    blocks = [
        block
        for path in sorted((ROOT / "nlu_data").glob("*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    ]
    examples = [
        (line.removeprefix("- "), block["intent"])
        for block in blocks
        if "intent" in block
        for line in block["examples"].splitlines()
    ]
    return examples, [block for block in blocks if "intent" not in block]


def _measure(name: str, examples: list[Example], rest: list[Block], folds: int, folder: Path) -> str:
    f1, emergencies = ("–", "–") if name in WITHOUT_FOLDS else _folded(name, examples, rest, folds, folder)
    parse, seconds, megabytes = _train(name, examples, rest, folder)
    asked = _json_lines("eval/dev_intents.jsonl")
    truth = np.array([row["intent"] for row in asked])
    spent, answers = _timed(parse, [row["q"] for row in asked])
    questions = _guesses(parse, [row["q"] for row in _json_lines("eval/dev_faq.jsonl")])
    cases = json.loads((CITY / "cases/kcg_open1999_text_dev.json").read_text(encoding="utf-8"))
    reports = _guesses(parse, [case["BeforeDesc_"] for case in cases])
    worst = min((float(np.mean(answers[truth == kind] == kind)), kind) for kind in KINDS)
    false_alarms = int(np.sum(questions == "emergency")) + int(np.sum(reports == "emergency"))
    cells = [
        name,
        f1,
        f"{_macro_f1(truth, answers):.3f}",
        f"{worst[0]:.2f} ({worst[1]})",
        emergencies,
        f"{np.mean([guess in TO_THE_FAQ for guess in questions]):.1%}",
        f"{np.mean(reports == 'report_dispatch'):.1%}",
        f"{false_alarms} of {len(questions) + len(reports)}",
        f"{seconds:.0f}",
        f"{spent:.1f}",
        f"{megabytes:.1f}",
    ]
    return " | ".join(cells)


def _folded(
    name: str, examples: list[Example], rest: list[Block], folds: int, folder: Path
) -> tuple[str, str]:
    """Return the macro-F1 and the recall of emergencies over examples never learnt from."""
    guessed: dict[int, str] = {}
    lines, intents = (np.array(column) for column in zip(*examples, strict=True))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=7)
    for learn, ask in splitter.split(lines, intents):
        parse, _, _ = _train(name, [examples[i] for i in learn], rest, folder)
        guessed.update({int(i): parse(_plain(lines[i]))["intent"] for i in ask})
    found = np.array([guessed[i] for i in range(len(examples))])
    recall = np.mean(found[intents == "emergency"] == "emergency")
    return f"{_macro_f1(intents, found):.3f}", f"{recall:.3f}"


def _train(name: str, examples: list[Example], rest: list[Block], folder: Path) -> tuple[Parse, float, float]:
    """Return the trained model's parser, the seconds of training (of the processor) and megabytes."""
    by_intent: dict[str, list[str]] = {}
    for line, intent in examples:
        by_intent.setdefault(intent, []).append(f"- {line}")
    blocks = [{"intent": intent, "examples": "\n".join(lines)} for intent, lines in by_intent.items()]
    work = Path(tempfile.mkdtemp(dir=folder))
    (work / "nlu.yml").write_text(_yaml({"version": "3.1", "nlu": blocks + rest}), encoding="utf-8")
    pipeline = [*PIPELINES[name], FALLBACK]
    config = {"recipe": "default.v1", "assistant_id": "bench", "language": "zh", "pipeline": pipeline}
    (work / "config.yml").write_text(_yaml(config), encoding="utf-8")
    begun = time.process_time()
    model = train_nlu(str(work / "config.yml"), str(work / "nlu.yml"), str(work), fixed_model_name="model")
    seconds = time.process_time() - begun
    if model is None:
        raise SystemExit(f"{name}: no model")
    unpacked = work / "unpacked"
    unpacked.mkdir()
    return load_parser(Path(model), unpacked), seconds, Path(model).stat().st_size / 1e6


def _timed(parse: Parse, texts: Sequence[str]) -> tuple[float, np.ndarray]:
    """Return the median milliseconds of a message, and the intents."""
    spent, guesses = [], []
    for text in texts:
        begun = time.perf_counter()
        guesses.append(parse(text)["intent"])
        spent.append((time.perf_counter() - begun) * 1000)
    return float(np.median(spent)), np.array(guesses)


def _guesses(parse: Parse, texts: Sequence[str]) -> np.ndarray:
    return np.array([parse(text)["intent"] for text in texts])


def _macro_f1(truth: np.ndarray, answers: np.ndarray) -> float:
    return float(f1_score(truth, answers, labels=KINDS, average="macro"))


def _plain(line: str) -> str:
    return re.sub(r"\[([^\]]+)\]\([a-z_]+\)", r"\1", line)


def _json_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CITY / name).read_text(encoding="utf-8").splitlines()]


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _report(rows: list[str], examples: int, folds: int) -> str:
    head = [f"| {COLUMNS} |", "|" + "---|" * (COLUMNS.count("|") + 1)]
    text = [
        "# Pipelines for understanding a citizen",
        "",
        f"`{COMMAND}`, environment as in the file's head; {examples} examples, {folds} folds, one thread.",
        "F1 is the macro average over eight kinds: " + ", ".join(KINDS) + ".",
        "Training seconds are of the processor; parse milliseconds are the median of one message.",
        "",
    ]
    return "\n".join([*text, *head, *(f"| {row} |" for row in rows), ""])


if __name__ == "__main__":
    main()
