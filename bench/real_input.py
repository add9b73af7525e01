"""Real input through the running platform: the city's FAQ, citizens' questions, reports filed in the chat.

    .venv/bin/python bench/real_input.py [--city-data ../shared/data] [--cases 200]

Starts a platform of its own on a free port with an empty data folder, imports the city's whole FAQ,
asks every question of `eval/dev_faq.jsonl` and every message of `eval/dev_intents.jsonl`, each in a
conversation of its own, and files the first texts of `cases/kcg_open1999_text_dev.json` as cases
through the chat. Writes `bench/results/real_input.md`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.platform import Platform, prepared  # noqa: E402 - the same starter as the tests

COMMAND = ".venv/bin/python bench/real_input.py"
CALLBACK = "陳先生 0912345678"
MOST_TURNS = 12


class Chat:
    """One conversation over HTTP."""

    def __init__(self, client: httpx.Client, language: str = "zh-TW") -> None:
        self._client = client
        opened = client.post("/api/v1/conversations", json={"language": language})
        opened.raise_for_status()
        body = opened.json()
        self._path = f"/api/v1/conversations/{body['id']}/messages"
        self._headers = {"Authorization": f"Bearer {body['token']}"}

    def send(self, **content: Any) -> list[dict[str, Any]]:
        """Send words, an option or a place; the replies."""
        body = {"client_id": str(uuid.uuid4()), **content}
        response = self._client.post(self._path, json=body, headers=self._headers, timeout=30)
        response.raise_for_status()
        return list(response.json()["replies"])


@dataclass
class Tally:
    """What came of one set of inputs."""

    counts: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)


def ask_faq(client: httpx.Client, rows: list[dict[str, Any]]) -> Tally:
    """Whether the right entry is the answer or among the buttons."""
    tally = Tally()
    for row in rows:
        replies = Chat(client).send(text=row["q"])
        answers = [r["payload"]["faq_id"] for r in replies if r["kind"] == "answer"]
        offered = [
            option["payload"].removeprefix("faq:")
            for r in replies
            for option in r["payload"].get("options", ())
            if option["payload"].startswith("faq:")
        ]
        if answers:
            verdict = "right answer" if answers[0] in row["ids"] else "wrong answer"
        elif offered:
            verdict = "right entry offered" if set(offered) & set(row["ids"]) else "others offered"
        else:
            verdict = "no entry"
        tally.counts[verdict] += 1
        if verdict not in {"right answer", "right entry offered"}:
            tally.misses.append(f"{verdict}: {row['q']}")
    return tally


def say_messages(client: httpx.Client, rows: list[dict[str, Any]]) -> Tally:
    """What each kind of message leads to, by what the first replies are."""
    tally = Tally()
    for row in rows:
        replies = Chat(client).send(text=row["q"])
        led_to = _led_to(replies)
        tally.counts[f"{row['intent']} → {led_to}"] += 1
    return tally


def _led_to(replies: list[dict[str, Any]]) -> str:
    for reply in replies:
        payload = reply["payload"]
        if payload.get("notice") == "emergency":
            return "emergency notice"
        if payload.get("asking"):
            return f"form ({payload['form']})"
        if reply["kind"] == "answer":
            return "answer"
        if any(option["payload"] == "queue:leave" for option in payload.get("options", ())):
            return "queue"
        if any(option["payload"].startswith("faq:") for option in payload.get("options", ())):
            return "clarify"
    return "other words"


def file_cases(client: httpx.Client, rows: list[dict[str, Any]]) -> tuple[Tally, list[dict[str, Any]]]:
    """Each text filed in the chat, as a citizen would: pick the first item, say where, confirm."""
    tally, filed = Tally(), []
    for row in rows:
        case, started = file_one(client, row)
        tally.counts["opened the form by itself" if started else "needed the button"] += 1
        if case is None:
            tally.counts["no case"] += 1
            tally.misses.append(row["BeforeDesc_"])
            continue
        number = case["number"]
        looked_up = client.get(
            f"/api/v1/cases/{number}", headers={"X-Verification-Code": case["verification_code"]}
        )
        looked_up.raise_for_status()
        public = looked_up.json()
        complete = bool(public["owner"]) and any(due["stage"] == "completion" for due in public["due"])
        tally.counts["number, owner and due times" if complete else "incomplete"] += 1
        tally.counts["same district" if public["district"] == row["ZipName_"] else "other district"] += 1
        filed.append(public)
    return tally, filed


def file_one(client: httpx.Client, row: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
    """One text, from the first message to the case; whether the form opened by itself."""
    chat = Chat(client)
    replies = chat.send(text=row["BeforeDesc_"][:900])
    started = any(reply["payload"].get("asking") for reply in replies)
    if not started:
        chat.send(text="我要通報")
        replies = chat.send(text=row["BeforeDesc_"][:900])
    for _ in range(MOST_TURNS):
        case = next((reply["payload"] for reply in replies if reply["kind"] == "case"), None)
        if case is not None:
            return case, started
        last = replies[-1]
        replies = chat.send(**_next_move(last, row))
    return None, started


def _next_move(last: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
    asking = last["payload"].get("asking")
    options = [option["payload"] for option in last["payload"].get("options", ())]
    if last["kind"] == "summary":
        return {"option": "confirm:yes"}
    if asking == "item":
        return {"option": next((o for o in options if o.startswith("item:")), options[0])}
    if asking == "contact":
        return {"option": "skip:contact"} if "skip:contact" in options else {"text": CALLBACK}
    if asking == "description":
        return {"text": row["BeforeDesc_"][:900]}
    if asking == "district":
        return {"text": row["ZipName_"]}
    return {"text": f"{row['ZipName_']}{row['address_']}"[:200]}


def lines(path: Path) -> list[dict[str, Any]]:
    """A file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def report(title: str, tally: Tally) -> Iterator[str]:
    """One set as Markdown."""
    yield f"\n## {title}\n"
    yield "| outcome | number |\n|---|---|"
    yield from (f"| {name} | {count} |" for name, count in sorted(tally.counts.items()))


def main() -> None:
    """Run everything and write the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--city-data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--cases", type=int, default=200)
    given = parser.parse_args()
    data: Path = given.city_data
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(prepared(Path(folder)))
        wanshitong = ROOT / ".venv/bin/wanshitong"
        command = [wanshitong, "--data-dir", folder, "kb", "import", data / "faq/kcg_faq_all.json"]
        imported = subprocess.run(
            [*command, "--source", "kcg", "--json"], check=True, capture_output=True, text=True
        )
        platform.start()
        try:
            with httpx.Client(base_url=platform.url, trust_env=False) as client:
                faq = ask_faq(client, lines(data / "eval/dev_faq.jsonl"))
                said = say_messages(client, lines(data / "eval/dev_intents.jsonl"))
                texts = json.loads((data / "cases/kcg_open1999_text_dev.json").read_text(encoding="utf-8"))
                cases, filed = file_cases(client, texts[: given.cases])
        finally:
            platform.stop()
    owners = Counter(case["owner"] for case in filed)
    parts = [
        f"# Real input through the running platform\n\n`{COMMAND}`\n",
        f"Import: `{imported.stdout.strip()[:300]}`",
        *report("110 questions (dev_faq)", faq),
        *report("80 messages (dev_intents)", said),
        *report(f"{given.cases} real reports filed in the chat", cases),
        "\nOwners: " + ", ".join(f"{name} {count}" for name, count in owners.most_common()),
    ]
    target = ROOT / "bench/results/real_input.md"
    target.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(target.read_text(encoding="utf-8"))
    print("\n".join(faq.misses[:40]))
    print("\n".join(cases.misses[:20]))


if __name__ == "__main__":
    main()
