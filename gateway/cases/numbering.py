"""Case numbers: kind letter, ROC date, sequence of that day, check digit, e.g. `D1151122-000123-7`.

The check digit (Damm's, over the kind too) catches every single wrong digit and every swap of two
neighbours. The sequence is allocated inside the transaction that writes the case: it has no gaps.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from gateway.cases.errors import InvalidCaseNumber, SequenceExhausted
from gateway.cases.models import CaseCounter
from gateway.cases.rules import Kind
from gateway.database.inserting import insert_into

LETTERS: dict[Kind, str] = {
    Kind.DISPATCH: "D",
    Kind.PETITION: "P",
    Kind.PUBLIC_WORKS_REPORT: "W",
    Kind.INQUIRY: "I",
}
KINDS = {letter: kind for kind, letter in LETTERS.items()}
ROC_OFFSET = 1911
LAST_SEQUENCE = 999_999

_KIND_DIGIT = {"D": "1", "P": "2", "W": "3", "I": "4"}
_SHAPE = re.compile(r"([DPWI])([0-9]{3})([0-9]{2})([0-9]{2})([0-9]{6})([0-9])")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212_.]+")
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


@dataclass(frozen=True)
class CaseNumber:
    """A case number taken apart."""

    kind: Kind
    day: date
    sequence: int

    def __str__(self) -> str:
        letter = LETTERS[self.kind]
        day = f"{self.day.year - ROC_OFFSET:03d}{self.day:%m%d}"
        sequence = f"{self.sequence:06d}"
        return f"{letter}{day}-{sequence}-{check_digit(_KIND_DIGIT[letter] + day + sequence)}"


def check_digit(digits: str) -> str:
    """Damm's check digit of a string of decimal digits."""
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def parse_number(text: str) -> CaseNumber:
    """Read a case number as people type it: any case, full-width, with or without dashes and spaces.

    Raises InvalidCaseNumber on a wrong form, an impossible date or a wrong check digit.
    """
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    found = _SHAPE.fullmatch(plain)
    if found is None:
        raise InvalidCaseNumber("not the form of a case number")
    letter, year, month, day, sequence, check = found.groups()
    if check_digit(_KIND_DIGIT[letter] + year + month + day + sequence) != check:
        raise InvalidCaseNumber("wrong check digit")
    try:
        filed = date(int(year) + ROC_OFFSET, int(month), int(day))
    except ValueError as error:
        raise InvalidCaseNumber("no such date") from error
    return CaseNumber(KINDS[letter], filed, int(sequence))


def canonical_number(text: str) -> str:
    """A case number as it is stored, read from what a person typed; one of an older system stays as it is
    but for its capitals. Nothing is checked: an unknown number finds no case."""
    try:
        return str(parse_number(text))
    except InvalidCaseNumber:
        return unicodedata.normalize("NFKC", text).strip().upper()


def allocate_number(session: Session, kind: Kind, day: date) -> CaseNumber:
    """The next number of `kind` on `day` (the local day of receipt), held until the transaction ends.

    The counter row stays locked, so a rolled back case gives its number back.
    """
    row = {"kind": kind.value, "day": day, "last": 1}
    next_one = (
        insert_into(session, CaseCounter)
        .values(row)
        .on_conflict_do_update(index_elements=["kind", "day"], set_={"last": CaseCounter.last + 1})
    )
    sequence = session.execute(next_one.returning(CaseCounter.last)).scalar_one()
    if sequence > LAST_SEQUENCE:
        raise SequenceExhausted(f"{kind} {day}")
    return CaseNumber(kind, day, sequence)
