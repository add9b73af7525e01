"""How well citizens' questions find their entry among the city's 1,338 dated FAQ entries.

    .venv/bin/python bench/faq_recall.py [--city-data ../shared/data]

Imports the entries `kh-*` into an empty data folder and evaluates the 110 questions of
`eval/dev_faq.jsonl` and the 40 of `eval/dev_oos.jsonl`, which must not be answered, with the
platform's own command. Writes `bench/results/faq_recall.md`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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
        steps = [
            ["kb", "import", dated, "--source", "kcg"],
            ["kb", "eval", data / "eval/dev_faq.jsonl", "--oos", data / "eval/dev_oos.jsonl"],
        ]
        said = [
            subprocess.run(
                [WANSHITONG, "--data-dir", folder, *step], check=True, capture_output=True, text=True
            ).stdout.strip()
            for step in steps
        ]
    text = (
        "# Finding the entry\n\n`.venv/bin/python bench/faq_recall.py`\n\n```\n" + "\n".join(said) + "\n```\n"
    )
    (ROOT / "bench/results/faq_recall.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
