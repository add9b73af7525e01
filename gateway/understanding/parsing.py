"""Many messages understood as the platform would, without a running one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.cases.guessing import open_catalogue
from gateway.conversations import emergency
from gateway.errors import Unavailable
from gateway.intake.reading import read_message
from gateway.places.service import Places
from gateway.runner import preflight
from gateway.settings import PROJECT_ROOT, Settings

_UNSURE = "nlu_fallback"
TASKS = {
    "report_dispatch": "dispatch",
    "file_petition": "petition",
    "report_public_works": "public_works_report",
}
"""The kind of case that each intent files."""


class ParserFailed(Unavailable):
    """Rasa's environment or model is missing or does not work; the detail says what to do."""

    code = "nlu_unavailable"


@dataclass(frozen=True)
class Understood:
    """A message with its intent, the model's confidence in it, and the slots it fills."""

    q: str
    intent: str
    confidence: float
    slots: dict[str, Any]


def understand(settings: Settings, texts: Sequence[str]) -> list[Understood]:
    """Understand every text, in order; the model is loaded once. Raises CannotStart or ParserFailed."""
    slots = _SlotReader(settings)
    found = []
    for row in _parsed(texts):
        intent = _as_the_platform_takes_it(row["q"], row["intent"])
        found.append(Understood(row["q"], intent, row["confidence"], slots.read(row["q"], intent)))
    return found


def _as_the_platform_takes_it(text: str, intent: str) -> str:
    """Danger is looked for before Rasa is asked; what is not clearly a task is a question."""
    if emergency.table().match(text):
        return "emergency"
    return "ask_faq" if intent == _UNSURE else intent


def _parsed(texts: Sequence[str]) -> list[dict[str, Any]]:
    preflight.check_rasa()
    python = preflight.RASA.with_name("python")
    env = {
        **os.environ, "PYTHONPATH": str(PROJECT_ROOT / "bot"), "RASA_TELEMETRY_ENABLED": "false",
        "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }  # fmt: skip
    lines = "".join(json.dumps({"q": q}) + "\n" for q in texts)
    command = [str(python), "-m", "components.parse_batch", str(preflight.current_model())]
    done = subprocess.run(command, input=lines, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise ParserFailed(done.stderr.strip()[-2000:] or f"the parser ended with {done.returncode}")
    rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.split("\n") if line.strip()]
    return rows


class _SlotReader:
    """The slots a message fills, read by the same code that fills them in the chat."""

    def __init__(self, settings: Settings) -> None:
        self._places = Places.load()
        self._catalogue = open_catalogue(settings)
        self._today = datetime.now(ZoneInfo(settings.timezone)).date()

    def read(self, text: str, intent: str) -> dict[str, Any]:
        """District, location, item and the rest; only what was found."""
        reading = read_message(text, self._today, self._places)
        slots: dict[str, Any] = {
            "district": reading.district.zh if reading.district else None,
            "location": reading.place,
            "case_no": reading.case_number,
            "phone": reading.phone,
            "email": reading.email,
            "date": [day.isoformat() for day in reading.dates],
        }
        if intent in TASKS:
            guesses = self._catalogue.guess(text, kind=TASKS[intent], k=3)
            slots["item"] = guesses[0].name_zh if guesses else None
            slots["item_code"] = guesses[0].code if guesses else None
            slots["item_candidates"] = [guess.code for guess in guesses]
        return {name: value for name, value in slots.items() if value}
