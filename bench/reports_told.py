"""The figures of `bench.reports` as they are kept."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.postgres_server import SETTINGS
from bench.reports_crowd import THINK, Seen

LIMIT_MS = 300


@dataclass
class Run:
    """One size under load."""

    name: str
    cases: int
    open: int
    entries: int
    totals: int
    seen: Seen
    filing: dict[str, float]
    lags: list[float]
    used: str
    load: float
    left_out: list[str] = field(default_factory=list)


def spread(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and the worst, in ms."""
    if len(seconds) < 2:
        return (seconds[0] * 1000,) * 3 if seconds else (0.0,) * 3
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[94] * 1000, max(seconds) * 1000


def of_run(run: Run) -> str:
    """One size: what there was, what was done, and every report's times."""
    every = [one for times in run.seen.seconds.values() for one in times]
    p50, p95, worst = spread(every)
    filing = run.filing
    lines = [
        f"## {run.cases:,} cases, {run.open:,} open ({run.name})\n",
        f"{len(every):,} reports, p50 {p50:.0f} ms, p95 {p95:.0f} ms, worst {worst:.0f} ms. "
        f"Ledger: {run.entries:,} entries, {run.totals:,} sums; the oldest change waited "
        f"{max(run.lags, default=0):.1f} s at most, {statistics.median(run.lags or [0]):.1f} s in the "
        "median. "
        f"Filed: {filing['filed']:.0f} cases in {filing['seconds']:.0f} s "
        f"({filing['filed'] / filing['seconds']:.1f} a second), p50 {filing['p50']:.0f} ms, p95 "
        f"{filing['p95']:.0f} ms each; never more than {filing['behind']:.0f} ms behind. {run.used}; load "
        f"average {run.load:.1f}.\n",
        f"Answers: {answered(run.seen.answers)}."
        + (f" Not there: {', '.join(run.left_out)}." if run.left_out else ""),
        "",
        "| report | asked | p50 ms | p95 ms | worst ms | |",
        "|---|---|---|---|---|---|",
    ]
    for label, seconds in [*by_report(run.seen).items(), *sorted(run.seen.seconds.items())]:
        p50, p95, worst = spread(seconds)
        missed = "over" if p95 > LIMIT_MS else ""
        lines.append(f"| {label} | {len(seconds)} | {p50:.0f} | {p95:.0f} | {worst:.0f} | {missed} |")
    slow = sorted(run.seen.slowest.values(), reverse=True)[:8]
    lines += [
        "",
        "Slowest single answers: " + "; ".join(f"{one * 1000:.0f} ms `{path}`" for one, path in slow),
    ]
    return "\n".join(lines) + "\n"


def by_report(seen: Seen) -> dict[str, list[float]]:
    """The times of each deadline report, whatever it was asked by."""
    found: dict[str, list[float]] = {}
    for label, seconds in seen.seconds.items():
        name, by, _ = label.partition(" by ")
        if by:
            found.setdefault(f"**{name}, all**", []).extend(seconds)
    return found


def answered(answers: Counter[str]) -> str:
    """How many answers of each status."""
    by_status = Counter[str]()
    for name, count in answers.items():
        by_status[name.rsplit(" ", 1)[1]] += count
    return ", ".join(f"{count:,} × {status}" for status, count in sorted(by_status.items()))


def ratios(runs: Sequence[Run]) -> str:
    """Each report's median at every size, and the largest beside the smallest."""
    labels = sorted(set.intersection(*({*run.seen.seconds} for run in runs)))
    heads = " | ".join(f"{run.cases:,}" for run in runs)
    lines = [
        "## As closed cases grow: medians, ms\n",
        f"| report | {heads} | times |",
        f"|---|{'---|' * len(runs)}---|",
    ]
    for label in labels:
        middles = [spread(run.seen.seconds[label])[0] for run in runs]
        cells = " | ".join(f"{one:.0f}" for one in middles)
        lines.append(f"| {label} | {cells} | {middles[-1] / middles[0]:.2f} |")
    return "\n".join(lines) + "\n"


def whole(runs: Sequence[Run], options: argparse.Namespace) -> str:
    """The page of results."""
    settings = ", ".join(f"{name} {value}" for name, value in SETTINGS.items())
    head = [
        f"# {options.supervisors} supervisors, {options.rate:.0f} cases a second\n",
        f"`.venv/bin/python -m bench.reports --keep DIR --names {options.names} --seconds "
        f"{options.seconds:.0f}` on {os.cpu_count()} cores ({platform.machine()}), Python "
        f"{platform.python_version()}, PostgreSQL 15 ({settings}; else its defaults, fsync on). Databases "
        "made by `bench.city`. Gateway (one process), database, filing and supervisors share the machine. A "
        f"supervisor thinks {THINK[0]:g} to {THINK[1]:g} s between two reports; whole pages over HTTP, timed "
        "by the reader. Every third supervisor belongs to one unit. Cases are filed through "
        "`CaseService.register` by another process.\n",
    ]
    parts = [of_run(run) for run in runs]
    return "\n".join([*head, *parts, *([ratios(runs)] if len(runs) > 1 else [])])
