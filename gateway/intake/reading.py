"""What one message of a citizen holds: district, place, phone, e-mail, name, numbers, dates. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from gateway.intake.dates import find_dates
from gateway.intake.lexicon import lexicon
from gateway.places.rules import District
from gateway.places.service import Places

NAME_MAX = 40
CODE_LENGTH = 8
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_MOBILE = re.compile(r"(?<![\d-])(?:\+?886[\s-]?|0)(9\d{2})[\s-]?(\d{3})[\s-]?(\d{3})(?!\d)")
_LANDLINE = re.compile(r"(?<![\d-])(?:\+?886[\s-]?|\(?0)([2-8]\d?)\)?[\s-]?(\d{3,4})[\s-]?(\d{4})(?!\d)")
_LOCAL = re.compile(r"(\d{3})[\s-]?(\d{4})(?!\d)")
_AREA = "07"
_CASE = re.compile(
    r"(?<![A-Z0-9])(?:[DPWI][\s-]?\d{7}[\s-]?\d{6}[\s-]?\d|INS[\s-]?\d{6,7}[\s-]?\d{3}"
    r"|[A-Z]-[A-Z]{2}-(?:\d{4}-)?\d{3,8}|[AB]-\d{1,8}|1\d{6}-\d{3,6})(?![A-Z0-9])",
    re.IGNORECASE,
)
_LABELLED_CASE = r"([A-Z]{0,4}[\s-]?\d[A-Z0-9-]{3,24})"
_CODE = re.compile(r"(?<![A-Za-z0-9-])([0-9A-TV-Za-tv-z]{4})[ -]?([0-9A-TV-Za-tv-z]{4})(?![A-Za-z0-9-])")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True)
class Reading:
    """What was found in a message; None or empty where nothing was."""

    district: District | None = None
    """The district the words state."""
    place: str | None = None
    """The words that say where, as written."""
    phone: str | None = None
    """`0912345678` or `07-1234567`, with `#` and an extension."""
    email: str | None = None
    name: str | None = None
    case_number: str | None = None
    """In capitals, half-width; not checked."""
    code: str | None = None
    """A verification code: eight characters, in capitals."""
    dates: tuple[date, ...] = ()
    implied_district: District | None = None
    """The district the place lies in, known without being stated."""
    elsewhere: bool = False
    """An address in another city or county was given; it is no place of this report."""


def read_message(text: str, today: date, places: Places) -> Reading:
    """Everything the message holds. `today` is the day in Taipei that `yesterday` counts from."""
    text = clean(text)
    plain = places.fold(unicodedata.normalize("NFKC", text))
    case_number = find_case_number(plain)
    without_case = _without(plain, case_number)
    phone = find_phone(without_case)
    elsewhere = places.is_elsewhere(text)
    place = None if elsewhere else places.find_place(text)
    return Reading(
        district=places.find_district(text),
        place=place,
        phone=phone,
        email=email.group() if (email := _EMAIL.search(plain)) else None,
        name=find_name(plain),
        case_number=case_number,
        code=_find_code(without_case),
        dates=find_dates(_MOBILE.sub(" ", without_case), today),
        implied_district=places.office_district(place) if place else None,
        elsewhere=elsewhere,
    )


def read_contact(text: str) -> Reading:
    """Only phone, e-mail and name of a text."""
    plain = unicodedata.normalize("NFKC", text)
    email = _EMAIL.search(plain)
    return Reading(phone=find_phone(plain), email=email.group() if email else None, name=find_name(plain))


def clean(text: str) -> str:
    """The text without control, invisible and unpaired characters, line ends as spaces, trimmed."""
    return _INVISIBLE.sub("", text.replace("\r", " ").replace("\n", " ").replace("\t", " ")).strip()


def looks_like_question(text: str) -> bool:
    """Whether the text asks for an answer; a request such as 'can you send someone' does not."""
    words = lexicon()
    text = clean(text)
    asked = any(
        words.pattern("question", name).search(text) is not None for name in ("marks", "words", "english")
    )
    if not asked:
        return False
    request = words.pattern("question", "request").search(text) is not None
    return not request or words.pattern("question", "real").search(text) is not None


def find_phone(text: str) -> str | None:
    """The first telephone number of half-width text, in one form."""
    if mobile := _MOBILE.search(text):
        return "0" + "".join(mobile.groups())
    if landline := _LANDLINE.search(text):
        area, *rest = landline.groups()
        return f"0{area}-{''.join(rest)}{_extension(text, landline.end())}"
    if label := lexicon().pattern("phone_label").search(text):
        local = _LOCAL.match(text, label.end())
        if local:
            return f"{_AREA}-{''.join(local.groups())}{_extension(text, local.end())}"
    return None


def _extension(text: str, at: int) -> str:
    found = re.match(rf"\s*{lexicon().words['extension']}\s*(\d{{1,5}})", text[at:], re.IGNORECASE)
    return f"#{found.group(1)}" if found else ""


def find_case_number(text: str) -> str | None:
    """The first case number of half-width text, of ours or the city's older systems."""
    found = _CASE.search(text)
    if found is not None:
        return re.sub(r"\s", "", found.group()).upper()
    label = re.search(lexicon().words["case_number_label"] + _LABELLED_CASE, text, re.IGNORECASE)
    return re.sub(r"\s", "", label.group(1)).upper().strip("-") if label else None


def _find_code(text: str) -> str | None:
    """A verification code; eight letters or eight digits alone need a label or capitals."""
    label = lexicon().pattern("code_label").search(text)
    if label and (labelled := _CODE.match(text, label.end())):
        return "".join(labelled.groups()).upper()
    if alone := _CODE.fullmatch(text.strip()):
        return "".join(alone.groups()).upper()
    for match in _CODE.finditer(text):
        code = "".join(match.groups())
        mixed = any(c.isdigit() for c in code) and any(c.isalpha() for c in code)
        if " " not in match.group() and (mixed or (code.isalpha() and code.isupper())):
            return code.upper()
    return None


def find_name(text: str) -> str | None:
    """A name the citizen says is theirs."""
    words = lexicon()
    if told := words.pattern("name", "after").search(text):
        return (told.group(1) + (told.group(2) or ""))[:NAME_MAX]
    titled = re.search(words.words["name"]["titled"].format(surname=words.surname), text)
    if titled:
        return titled.group(1)[:NAME_MAX]
    english = words.pattern("name", "english").search(text)
    return english.group(1).strip()[:NAME_MAX] if english else None


def name_alone(text: str) -> str | None:
    """The name in an answer that holds nothing else but labels and numbers."""
    words = lexicon()
    rest = _EMAIL.sub(" ", _LANDLINE.sub(" ", _MOBILE.sub(" ", unicodedata.normalize("NFKC", text))))
    labels = words.words["contact_labels"]
    rest = re.sub(rf"^(?:{labels})+|(?:{labels})+$", "", rest.strip(), flags=re.IGNORECASE)
    for form in ("bare", "bare_english"):
        pattern = words.words["name"][form]
        pattern = pattern.format(surname=words.surname) if form == "bare" else pattern
        if (found := re.fullmatch(pattern, rest)) is not None:
            return str(found.group(1))[:NAME_MAX]
    return None


def _without(text: str, found: str | None) -> str:
    """The text without a case number, whose digits are no phone, code or date."""
    return text if found is None else _CASE.sub(" ", text).replace(found, " ")
