"""How a peer in another environment is asked: a JSON line in, a JSON line out.

First comes one line of notes. Then each line {"q": question, "way": name} is answered by {"ids": the
entries found, best first, "wall": milliseconds, "processor": milliseconds of this process}. Only the standard
library: every environment can import it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

Search = Callable[[str], Sequence[str]]


def corpus(path: Path) -> list[dict[str, Any]]:
    """The entries: id, title, answer and phrasings."""
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def timed(search: Search, question: str) -> dict[str, Any]:
    """What is found, and what it cost."""
    begun, spent = time.perf_counter(), time.process_time()
    ids = list(search(question))
    return {
        "processor": (time.process_time() - spent) * 1000,
        "wall": (time.perf_counter() - begun) * 1000,
        "ids": ids,
    }


def serve(ways: Mapping[str, Search], note: Mapping[str, Any], answers: IO[str]) -> None:
    """Answer until there are no more questions."""
    print(json.dumps(note), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        found = timed(ways[asked["way"]], asked["q"])
        print(json.dumps(found), file=answers, flush=True)
