"""Writes a long table and says how much memory that took: `python -m tests.reports.writing_process`."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from gateway.reports.files.formats import Format, write_file
from tests.reports.samples import COLUMNS, MAKING, Long, table_of

if __name__ == "__main__":
    rows = Long(int(sys.argv[2]), width=2)
    with Path(sys.argv[3]).open("wb") as out:
        table = table_of(rows, columns=COLUMNS[:2], total=None)
        write_file(table, Format(sys.argv[1]), MAKING, out)
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")
