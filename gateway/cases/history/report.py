"""What an import did and found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gateway.cases.history.rules import ODD_TEXT, REFUSAL_TEXT, Odd, Raw, Record, Refusal

SHOWN = 20
"""So many numbers are named for each sort of oddity."""


@dataclass
class Report:
    """Counts of one run, and what was odd, with the numbers of the first of each sort."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    seconds: float = 0.0
    odd: Counter[Odd] = field(default_factory=Counter)
    odd_numbers: dict[Odd, list[str]] = field(default_factory=dict)
    refused: list[tuple[int, str, Refusal]] = field(default_factory=list)

    def note(self, record: Record) -> None:
        """Count what is odd about a record."""
        for odd in record.odd:
            self.note_one(odd, record.raw.number)

    def note_one(self, odd: Odd, number: str) -> None:
        """Count one oddity."""
        self.odd[odd] += 1
        numbers = self.odd_numbers.setdefault(odd, [])
        if len(numbers) < SHOWN:
            numbers.append(number)

    def refuse(self, raw: Raw, why: Refusal) -> None:
        """Note a record that was not taken in."""
        self.refused.append((raw.row, raw.number, why))

    def as_json(self) -> dict[str, Any]:
        """The report as it is written to a file."""
        return {
            "rows": self.rows,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": [
                {"row": row, "number": number, "why": why, "zh": REFUSAL_TEXT[why][0]}
                for row, number, why in self.refused
            ],
            "odd": {
                odd.value: {
                    "count": count,
                    "zh": ODD_TEXT[odd][0],
                    "en": ODD_TEXT[odd][1],
                    "numbers": self.odd_numbers[odd],
                }
                for odd, count in sorted(self.odd.items())
            },
            "seconds": round(self.seconds, 3),
        }

    def lines(self) -> list[str]:
        """The report for a terminal."""
        told = [
            f"{self.rows} records in {self.seconds:.1f} s: {self.added} added, {self.updated} updated, "
            f"{self.unchanged} unchanged, {len(self.refused)} refused"
        ]
        told += [f"  {ODD_TEXT[odd][1]}: {count}" for odd, count in sorted(self.odd.items())]
        why = Counter(reason for _, _, reason in self.refused)
        told += [f"  refused, {REFUSAL_TEXT[reason][1]}: {count}" for reason, count in sorted(why.items())]
        return told
