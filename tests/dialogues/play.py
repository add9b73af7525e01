"""Whole dialogues from YAML files: what the citizen does, and what must hold after each step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from tests.e2e.citizen import Citizen

FOLDER = Path(__file__).with_name("talks")
Replies = list[dict[str, Any]]
_HAN = re.compile(r"[\u3400-\u9fff]")
_BROKEN = re.compile(r"\{[a-z_]+\}|Traceback|\bNone\b|undefined")


class Step(BaseModel):
    """One act of the citizen, and what must hold of the replies. Whatever is left out is not looked at."""

    model_config = ConfigDict(extra="forbid")

    say: str | None = None
    press: str | None = None
    """A button's payload; `first` is the first one on offer."""
    share: tuple[float, float] | None = None
    """Latitude and longitude."""

    kind: str | None = None
    """Kind of the first reply."""
    kinds: list[str] | None = None
    """Kinds of all replies."""
    faq: str | None = None
    """Entry of the first answer."""
    faqs: list[str] | None = None
    """Entries of all answers, in order."""
    not_faq: str | None = None
    text: str | None = None
    """Pattern that one of the replies has."""
    never: str | None = None
    """Pattern that none has."""
    part: bool | None = None
    """Whether the first answer is only the part of its entry that was asked for."""
    form: str | None = None
    asking: str | None = None
    """What the last reply asks for; `nothing`: no form is open."""
    offers: list[str] = Field(default_factory=list)
    """Beginnings of payloads that are on offer."""
    numbers: list[str] | None = None
    """Emergency numbers of the first reply."""
    read_back: dict[str, str] = Field(default_factory=dict)
    """Patterns of fields of the summary."""
    case: bool = False
    """Whether a case is made; it must not be unless this says so."""
    owner: str = "bot"


class Talk(BaseModel):
    """One dialogue."""

    model_config = ConfigDict(extra="forbid")

    name: str
    language: Annotated[str, Field(pattern="^(zh-TW|en)$")] = "zh-TW"
    steps: list[Step]


@dataclass
class Case:
    """The case that the dialogue made last, for `$number` and `$code` in later words."""

    number: str = ""
    code: str = ""


def talks() -> list[Talk]:
    """Every dialogue, in the order of files and lines."""
    found: list[Talk] = []
    for path in sorted(FOLDER.glob("*.yml")):
        for raw in yaml.safe_load(path.read_text(encoding="utf-8")):
            talk = Talk.model_validate(raw)
            found.append(talk.model_copy(update={"name": f"{path.stem}: {talk.name}"}))
    return found


def play(talk: Talk, citizen: Citizen) -> None:
    """Play it through; AssertionError names the step at which something does not hold."""
    case, buttons = Case(), [""]
    for number, step in enumerate(talk.steps, 1):
        replies = _act(step, citizen, case, buttons)
        buttons = _offered(replies) or buttons
        told = "\n".join(f"    {one['kind']}: {one['text']}  {_offered([one])}" for one in replies)
        said = step.say or step.press or step.share
        try:
            _check(step, replies, talk.language)
            owner = citizen.transcript()["owner"]
            assert owner == step.owner, f"{owner} is in charge, not {step.owner}"
        except AssertionError as error:
            raise AssertionError(f"{talk.name}, step {number} «{said}»: {error}\n{told}") from error
        for reply in replies:
            if reply["kind"] == "case":
                case.number = reply["payload"]["number"]
                case.code = reply["payload"]["verification_code"]


def _act(step: Step, citizen: Citizen, case: Case, buttons: list[str]) -> Replies:
    if step.press is not None:
        return citizen.press(buttons[0] if step.press == "first" else step.press)
    if step.share is not None:
        return citizen.send(location={"lat": step.share[0], "lng": step.share[1]})
    return citizen.say((step.say or "").replace("$number", case.number).replace("$code", case.code))


def _offered(replies: Replies) -> list[str]:
    return [option["payload"] for reply in replies for option in reply["payload"].get("options", ())]


def _check(step: Step, replies: Replies, language: str) -> None:
    assert replies, "nothing was said"
    _check_always(step, replies, language)
    kinds = [reply["kind"] for reply in replies]
    texts = [reply["text"] for reply in replies]
    answers = [reply["payload"]["faq_id"] for reply in replies if reply["kind"] == "answer"]
    first, last = replies[0]["payload"], replies[-1]["payload"]
    asking = last.get("asking") or "nothing"
    assert step.kind in {None, kinds[0]}, f"{kinds[0]}, not {step.kind}"
    assert step.kinds in (None, kinds), f"{kinds}, not {step.kinds}"
    assert step.faq is None or answers[:1] == [step.faq], f"{answers}, not {step.faq}"
    assert step.faqs in (None, answers), f"{answers}, not {step.faqs}"
    assert step.not_faq is None or step.not_faq not in answers, f"{step.not_faq} was told"
    assert step.text is None or any(re.search(step.text, text) for text in texts), f"no {step.text}"
    assert step.never is None or not any(re.search(step.never, text) for text in texts), f"{step.never}"
    assert step.part is None or bool(first.get("passage")) == step.part, "part of an entry, or not"
    assert step.form in {None, last.get("form") or "nothing"}, f"form {last.get('form')}, not {step.form}"
    assert step.asking in {None, asking}, f"asks for {asking}, not {step.asking}"
    for wanted in step.offers:
        assert any(one.startswith(wanted) for one in _offered(replies)), f"{wanted} is not offered"
    assert step.numbers is None or first.get("numbers") == step.numbers, f"numbers {first.get('numbers')}"
    fields = {row["field"]: row["value"] for row in last.get("fields", ())}
    for name, pattern in step.read_back.items():
        assert re.search(pattern, fields.get(name, "")), f"{name} is {fields.get(name)!r}, not {pattern}"


def _check_always(step: Step, replies: Replies, language: str) -> None:
    for reply in replies:
        payload = reply["payload"]
        assert reply["text"].strip() or reply["kind"] == "case", "an empty reply"
        assert not _BROKEN.search(reply["text"]), "something that no citizen should read"
        assert (reply["kind"] == "case") <= step.case, "a case was made"
        if reply["kind"] == "answer":
            assert payload["source_url"].startswith("https://") and payload["agency"], "no source"
            assert payload["source_date"] and payload["faq_id"], "no date or entry"
        if language == "en" and reply["kind"] in {"text", "notice"}:
            assert not _HAN.search(reply["text"]), "Chinese in an English conversation"
        if language == "zh-TW":
            assert _HAN.search(reply["text"]), "no Chinese in a Chinese conversation"
    assert not step.case or any(reply["kind"] == "case" for reply in replies), "no case was made"
