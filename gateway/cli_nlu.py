"""`wanshitong nlu …`: what the trained model makes of citizens' words, without a running platform."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from gateway.errors import Unavailable
from gateway.settings import PROJECT_ROOT, Settings

_UNSURE = "nlu_fallback"
_TASKS = {
    "report_dispatch": "dispatch",
    "file_petition": "petition",
    "report_public_works": "public_works_report",
}


class ParserFailed(Unavailable):
    """Rasa's environment or model is missing or does not work; the detail says what to do."""

    code = "nlu_unavailable"


@click.group()
def nlu() -> None:
    """Understanding."""


@nlu.command()
@click.argument("text", required=False)
@click.option(
    "--batch", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON lines with q."
)
@click.pass_obj
def parse(settings: Settings, text: str | None, batch: Path | None) -> None:
    """Intent, confidence and slots of TEXT or of every line of a file, as JSON lines."""
    if (text is None) == (batch is None):
        raise click.UsageError("give TEXT or --batch FILE")
    from knowledge_base.evaluation import read_questions

    questions = [text or ""] if batch is None else [one.q for one in read_questions(batch, labelled=False)]
    slots = _SlotReader(settings)
    for row in _parsed(questions):
        intent = _as_the_platform_takes_it(row["q"], row["intent"])
        out = {
            "q": row["q"],
            "intent": intent,
            "confidence": round(row["confidence"], 4),
            "slots": slots.read(row["q"], intent),
        }
        click.echo(json.dumps(out, ensure_ascii=False))


def _as_the_platform_takes_it(text: str, intent: str) -> str:
    """Danger is looked for before Rasa is asked; what is not clearly a task is a question."""
    from gateway.conversations import emergency

    if emergency.table().match(text):
        return "emergency"
    return "ask_faq" if intent == _UNSURE else intent


def _parsed(questions: list[str]) -> list[dict[str, Any]]:
    from gateway.runner import preflight

    preflight.check_rasa()
    python = preflight.RASA.with_name("python")
    env = {
        **os.environ, "PYTHONPATH": str(PROJECT_ROOT / "bot"), "RASA_TELEMETRY_ENABLED": "false",
        "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }  # fmt: skip
    lines = "".join(json.dumps({"q": q}) + "\n" for q in questions)
    command = [str(python), "-m", "components.parse_batch", str(preflight.current_model())]
    done = subprocess.run(command, input=lines, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise ParserFailed(done.stderr.strip()[-2000:] or f"the parser ended with {done.returncode}")
    rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.split("\n") if line.strip()]
    return rows


class _SlotReader:
    """The slots a message fills, read by the same code that fills them in the chat."""

    def __init__(self, settings: Settings) -> None:
        from gateway.cases.guessing import open_catalogue
        from gateway.places.service import Places

        self._places = Places.load()
        self._catalogue = open_catalogue(settings)
        self._today = datetime.now(ZoneInfo(settings.timezone)).date()

    def read(self, text: str, intent: str) -> dict[str, Any]:
        """District, location, item and the rest; only what was found."""
        from gateway.intake.reading import read_message

        reading = read_message(text, self._today, self._places)
        slots: dict[str, Any] = {
            "district": reading.district.zh if reading.district else None,
            "location": reading.place,
            "case_no": reading.case_number,
            "phone": reading.phone,
            "email": reading.email,
            "date": [day.isoformat() for day in reading.dates],
        }
        if intent in _TASKS:
            guesses = self._catalogue.guess(text, kind=_TASKS[intent], k=3)
            slots["item"] = guesses[0].name_zh if guesses else None
            slots["item_code"] = guesses[0].code if guesses else None
            slots["item_candidates"] = [guess.code for guess in guesses]
        return {name: value for name, value in slots.items() if value}
