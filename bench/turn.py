"""What a turn costs: the same messages to bare Rasa and through the platform, side by side in one run.

    .venv/bin/python bench/turn.py [--conversations 24]

Starts a platform of its own. "Bare" is Rasa's own REST webhook, with the same actions behind it but
nothing stored; "platform" is the public interface, every message and reply committed before it is
acknowledged. One citizen: the two alternate message by message. Eight citizens: they alternate in
blocks. Writes `bench/results/turn.md`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform as machine
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.platform import Platform, prepared  # noqa: E402 - the same starter as the tests

REPORTS = (
    "我家門口的路燈壞了三天都沒人修",
    "巷口水溝蓋破掉了很危險",
    "路上有一個大坑洞",
    "公園有人亂丟垃圾很臭",
)
PLACE = "三民區建工路415號"
CITIZENS = 8
LONG_CONVERSATION = 60
Ask = Callable[[str], None]


@dataclass
class Side:
    """Latencies (seconds) of one side, and the wall time of its blocks with several citizens."""

    name: str
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    wall: float = 0.0
    long: list[float] = field(default_factory=list)


class Bench:
    """Two ways to say the same thing to the same processes."""

    def __init__(self, running: Platform) -> None:
        self.running = running
        self.rasa = psutil.Process(running.pids()["gateway"]).environ()["WST_RASA_URL"]
        self.client = httpx.Client(trust_env=False, timeout=60)
        self.bare, self.platform = Side("bare Rasa"), Side("platform")

    def openers(self) -> list[tuple[Side, Callable[[], Ask]]]:
        """Both sides, each with the way to begin a conversation."""
        return [(self.bare, self._bare), (self.platform, self._platform)]

    def _bare(self) -> Ask:
        sender = str(uuid.uuid4())

        def ask(text: str) -> None:
            body = {"sender": sender, "message": text, "metadata": {"language": "zh-TW", "location": None}}
            answer = self.client.post(f"{self.rasa}/webhooks/rest/webhook", json=body)
            assert answer.json(), f"Rasa said nothing to {text!r}"

        return ask

    def _platform(self) -> Ask:
        url, headers = self._opened()

        def ask(text: str) -> None:
            body = {"client_id": str(uuid.uuid4()), "text": text}
            answer = self.client.post(url, json=body, headers=headers)
            assert answer.status_code == 201, answer.text

        return ask

    def _opened(self) -> tuple[str, dict[str, str]]:
        opened = self.client.post(f"{self.running.url}/api/v1/conversations", json={}).json()
        url = f"{self.running.url}/api/v1/conversations/{opened['id']}/messages"
        return url, {"Authorization": f"Bearer {opened['token']}"}

    def stays_with_rasa(self, question: str) -> bool:
        """Whether the platform asks Rasa about this, and goes on doing so: no danger, no queue."""
        url, headers = self._opened()
        body = {"client_id": str(uuid.uuid4()), "text": question}
        self.client.post(url, json=body, headers=headers).raise_for_status()
        return bool(self.client.get(url, headers=headers).json()["owner"] == "bot")

    def turns_without_rasa(self) -> float:
        """Turns that the platform answered by itself because Rasa was away; must be none."""
        lines = self.client.get(f"{self.running.url}/metrics").text.splitlines()
        return sum(
            float(line.split()[1]) for line in lines if line.startswith("wst_turns_without_rasa_total ")
        )

    def seconds_in_actions(self) -> tuple[float, float]:
        """Time spent in Rasa's actions so far, and how many calls there were."""
        total = calls = 0.0
        for line in self.client.get(f"{self.running.url}/metrics").text.splitlines():
            if "/rasa/actions" in line and line.startswith("wst_request_seconds_sum"):
                total += float(line.rsplit(" ", 1)[1])
            if "/rasa/actions" in line and line.startswith("wst_request_seconds_count"):
                calls += float(line.rsplit(" ", 1)[1])
        return total, calls


def shipped_questions() -> list[str]:
    """Questions that ship with the project, none of them an entry's own wording."""
    path = ROOT / "knowledge_base/calibration/in_scope.jsonl"
    return [json.loads(line)["q"] for line in path.read_text(encoding="utf-8").splitlines()]


def conversations(count: int, asked: list[str]) -> Iterator[list[str]]:
    """Short conversations as citizens lead them: questions, a report that is broken off, courtesy."""
    questions, reports = itertools.cycle(asked), itertools.cycle(REPORTS)
    for _ in range(count):
        report = [next(reports), PLACE, "取消"]
        yield ["你好", next(questions), next(questions), *report, next(questions), "謝謝"]


def timed(ask: Ask, text: str) -> float:
    """Seconds until the answer is there."""
    started = time.perf_counter()
    ask(text)
    return time.perf_counter() - started


def lead(ask: Ask, talk: list[str]) -> list[float]:
    """A whole conversation, message after message; seconds each."""
    return [timed(ask, text) for text in talk]


def alone(bench: Bench, talks: list[list[str]]) -> None:
    """One citizen; the sides alternate message by message, and so does who goes first."""
    for number, talk in enumerate(talks):
        begun = [(side, begin()) for side, begin in bench.openers()]
        for text in talk:
            for side, ask in begun if number % 2 else reversed(begun):
                side.alone.append(timed(ask, text))


def together(bench: Bench, talks: list[list[str]]) -> None:
    """Eight citizens at once; the sides alternate in blocks of eight conversations."""
    blocks = [talks[at : at + CITIZENS] for at in range(0, len(talks), CITIZENS)]
    with ThreadPoolExecutor(CITIZENS) as pool:
        for number, block in enumerate(blocks):
            for side, begin in bench.openers() if number % 2 else reversed(bench.openers()):
                asks = [begin() for _ in block]
                started = time.perf_counter()
                spent = list(pool.map(lead, asks, block))
                side.wall += time.perf_counter() - started
                side.together += itertools.chain.from_iterable(spent)


def one_long(bench: Bench, talks: list[list[str]]) -> None:
    """One long conversation on either side: what its length costs."""
    begun = [(side, begin()) for side, begin in bench.openers()]
    for text in list(itertools.chain.from_iterable(talks))[:LONG_CONVERSATION]:
        for side, ask in begun:
            side.long.append(timed(ask, text))


def search_alone(data_dir: Path) -> list[float]:
    """The FAQ search by itself, in a process of its own: milliseconds per question."""
    code = (
        "import json, sys, time\n"
        "from gateway.settings import Settings\nfrom knowledge_base.service import KnowledgeBase\n"
        "kb = KnowledgeBase.open(Settings())\n"
        "questions = json.load(sys.stdin)\nkb.search(questions[0])\ntook = []\n"
        "for q in questions:\n t = time.perf_counter()\n kb.search(q)\n"
        " took.append((time.perf_counter() - t) * 1000)\nprint(json.dumps(took))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(shipped_questions()),
        env={**os.environ, "WST_DATA_DIR": str(data_dir), "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def memory(running: Platform) -> list[str]:
    """Memory of every process of the run: all it has mapped, and what would be free without it."""
    keeper = psutil.Process(running.pids()["gateway"]).parent()
    runner = keeper.parent() if keeper else None
    assert runner is not None
    shown = {"runner": runner} | {f"keeper {at}": one for at, one in enumerate(runner.children(), 1)}
    shown |= {name: psutil.Process(pid) for name, pid in running.pids().items()}
    rows = []
    for name, process in shown.items():
        size = process.memory_full_info()
        rows.append(f"| {name} | {size.rss / 2**20:.0f} MiB | {size.uss / 2**20:.0f} MiB |")
    return rows


def p50(values: list[float]) -> float:
    """Median."""
    return statistics.median(values)


def p95(values: list[float]) -> float:
    """95th percentile."""
    return statistics.quantiles(values, n=20)[18]


def table(bench: Bench) -> list[str]:
    """Latency and throughput of both sides, alone and together."""
    rows = ["| | p50 | p95 | messages/s |", "|---|---|---|---|"]
    bare, ours = bench.bare, bench.platform
    for label, of in (
        ("1 citizen", lambda side: (side.alone, sum(side.alone))),
        (f"{CITIZENS} citizens", lambda side: (side.together, side.wall)),
    ):
        medians, rates = [], []
        for side in (bare, ours):
            values, wall = of(side)
            medians.append(p50(values))
            rates.append(len(values) / wall)
            figures = f"{medians[-1] * 1000:.1f} ms | {p95(values) * 1000:.1f} ms | {rates[-1]:.1f}"
            rows.append(f"| {side.name}, {label} | {figures} |")
        ratio = f"{medians[1] / medians[0]:.2f} | | {rates[1] / rates[0]:.2f}"
        rows.append(f"| **platform / bare, {label}** | {ratio} |")
    return rows


def breakdown(bench: Bench, actions: tuple[float, float], search: list[float]) -> list[str]:
    """Where the time of one citizen's message goes, on average."""
    bare, ours = (statistics.mean(side.alone) * 1000 for side in (bench.bare, bench.platform))
    turns = len(bench.bare.alone) + len(bench.platform.alone)
    in_actions, calls = actions[0] / turns * 1000, actions[1] / turns
    return [
        f"Through the platform {ours:.1f} ms, of which:",
        "",
        f"* Rasa itself (understanding, policies, tracker, HTTP): {bare - in_actions:.1f} ms",
        f"* its actions in the gateway (FAQ search, forms; {calls:.2f} calls): {in_actions:.1f} ms",
        f"* the gateway's own part (checks, two transactions, HTTP): {ours - bare:.1f} ms",
        "",
        f"FAQ search alone, in a process of its own: p50 {p50(search):.1f} ms, p95 {p95(search):.1f} ms.",
    ]


def growth(bench: Bench) -> str:
    """What the length of a conversation does to a message."""
    told = [
        f"{side.name} {p50(side.long[:20]) * 1000:.1f} → {p50(side.long[-20:]) * 1000:.1f} ms"
        for side in (bench.bare, bench.platform)
    ]
    return (
        f"Median of the first and of the last twenty of {LONG_CONVERSATION} messages: {'; '.join(told)}. "
        "Rasa sends and replays its whole tracker on every message; the platform goes on with a fresh one "
        "every few turns."
    )


def report(bench: Bench, actions: tuple[float, float], search: list[float], rows: list[str]) -> str:
    """The figures as a page."""
    counts = f"{len(bench.platform.alone)} messages alone and {len(bench.platform.together)}"
    where = f"{os.cpu_count()} cores ({machine.machine()}), load average {os.getloadavg()[0]:.1f} at the end"
    lines = ["# What a turn costs", "", f"`.venv/bin/python bench/turn.py` on {where}. SQLite on disk."]
    lines += [f"{counts} with {CITIZENS} citizens, the same on either side.", "", *table(bench)]
    lines += ["", "## Where the time goes", "", *breakdown(bench, actions, search)]
    lines += ["", "## A long conversation", "", growth(bench)]
    lines += [
        "",
        "## Memory after the run",
        "",
        "| process | resident | its own |",
        "|---|---|---|",
        *rows,
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Start, measure, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--conversations", type=int, default=24)
    count = options.parse_args().conversations
    with tempfile.TemporaryDirectory() as folder:
        running = Platform(prepared(Path(folder)))
        try:
            running.start()
            bench = Bench(running)
            asked = [question for question in shipped_questions() if bench.stays_with_rasa(question)]
            talks = list(conversations(count, asked))
            for _, begin in bench.openers():
                lead(begin(), talks[0])
            before = bench.seconds_in_actions()
            alone(bench, talks)
            after = bench.seconds_in_actions()
            together(bench, talks)
            one_long(bench, talks)
            assert not bench.turns_without_rasa(), "Rasa was away for some turns; the figures mean nothing"
            rows = memory(running)
            search = search_alone(Path(folder))
        finally:
            running.stop()
    page = report(bench, (after[0] - before[0], after[1] - before[1]), search, rows)
    (ROOT / "bench/results/turn.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
