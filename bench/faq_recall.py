"""How well citizens' questions find their entry among the city's 1,338 dated FAQ entries.

    .venv/bin/python bench/faq_recall.py [--city-data ../shared/data]

Imports the entries `kh-*` into an empty data folder and evaluates with the platform's own command the 110
questions of `eval/dev_faq.jsonl` and the 40 of `eval/dev_oos.jsonl`, which must not be answered; then our own
of `knowledge_base/evaluation_set`, on which nothing was fitted. Writes `bench/results/faq_recall.md`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / "knowledge_base/evaluation_set"
DETAILS = "# By agency"
"""From here on the platform's report goes into single questions, whose words stay out of this repository."""
WANSHITONG = ROOT / ".venv/bin/wanshitong"


def main() -> None:
    """Import, evaluate, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--city-data", type=Path, default=ROOT.parent / "shared" / "data")
    data: Path = parser.parse_args().city_data
    with tempfile.TemporaryDirectory() as folder:
        rows = json.loads((data / "faq/kcg_faq_all.json").read_text(encoding="utf-8"))
        dated = Path(folder) / "dated.json"
        dated.write_text(json.dumps([row for row in rows if row["id"].startswith("kh-")]), encoding="utf-8")
        own = Path(folder) / "own.jsonl"
        own.write_text(_with_ids(OWN / "in_scope.jsonl", rows), encoding="utf-8")
        steps = [
            ["kb", "import", dated, "--source", "kcg"],
            ["kb", "eval", data / "eval/dev_faq.jsonl", "--oos", data / "eval/dev_oos.jsonl"],
            ["kb", "eval", own, "--oos", OWN / "out_of_scope.jsonl"],
        ]
        said = [
            subprocess.run(
                [WANSHITONG, "--data-dir", folder, *step], check=True, capture_output=True, text=True
            ).stdout.strip()
            for step in steps
        ]
    told = "\n\n".join(text.partition(DETAILS)[0].rstrip() for text in said)
    text = f"# Finding the entry\n\n`.venv/bin/python bench/faq_recall.py`\n\n```\n{told}\n```\n"
    (ROOT / "bench/results/faq_recall.md").write_text(text, encoding="utf-8")
    print(text)


def _with_ids(questions: Path, rows: list[dict[str, str]]) -> str:
    """Our own questions, which know their entries by official address, with the entries' ids."""
    ids: dict[str, list[str]] = {}
    for row in rows:
        ids.setdefault(row["source_url"], []).append(row["id"])
    lines = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    asked = [
        {"q": line["q"], "style": line["style"], "ids": [i for url in line["source_urls"] for i in ids[url]]}
        for line in lines
    ]
    return "\n".join(map(json.dumps, asked))


if __name__ == "__main__":
    main()
