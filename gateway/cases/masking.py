"""Taking out of a text what may tell who somebody is, before the public reads it. Pure.

By rule, so not without fault: where it errs, it hides too much.
"""

from __future__ import annotations

import re
from collections.abc import Collection

HIDDEN = "○"
_NAME_MIN = 2
"""A name of one character stands in too many other words."""
_DIGITS = "0-9０-９"
_NUMERAL = f"[{_DIGITS}〇零一二三四五六七八九十百]"
_SURNAMES = (
    "王李張劉陳楊黃趙吳周徐孫馬朱胡郭何高林羅鄭梁謝宋唐許韓馮鄧曹彭曾蕭田董袁潘于蔣蔡余杜葉程蘇魏呂丁任沈姚盧姜崔鍾譚陸汪范金石"
    "廖賈夏韋付方白鄒孟熊秦邱江尹薛閻段雷侯龍史陶黎賀顧毛郝龔邵萬錢嚴覃武戴莫孔向湯康施洪游柯詹童簡翁連溫塗凌紀巫阮藍卓涂傅"
)
_TITLE = "先生|小姐|女士|太太|君|老師|里長|議員|警員|主任|阿姨|伯伯"
_EXTENSION = r"(?:\s*(?:#|轉|分機)\s*\d{1,6})?"
_PLATES = r"[A-Za-z]{2,4}[-－‑ ]?\d{3,4}|\d{3,4}[-－‑][A-Za-z]{2,3}|[A-Za-z]\d[-－‑]\d{3,4}"
_NUMBER_OF = "電話|手機|門號|行動|聯絡|連絡|電號|水號|戶號|帳號"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9])[A-Za-z][12589A-Da-d]\d{8}(?!\d)"), HIDDEN),
    (re.compile(r"(?:\+?886[-\s]?|(?<!\d)0)9\d{2}[-\s.]?\d{3}[-\s.]?\d{3}(?!\d)"), HIDDEN),
    (re.compile(rf"(?<![\d-])\(?0\d{{1,3}}\)?[-\s.]?\d{{3,4}}[-\s.]?\d{{3,4}}{_EXTENSION}(?!\d)"), HIDDEN),
    (re.compile(r"(?<![\d./:-])\d{3,4}-\d{4}(?![\d-])"), HIDDEN),
    (re.compile(rf"(?<![A-Za-z0-9])(?:{_PLATES})(?![A-Za-z0-9])"), HIDDEN),
    (re.compile(rf"((?:{_NUMBER_OF})[^\d。，,；;\n]{{0,8}})\d{{7,16}}(?!\d)"), rf"\1{HIDDEN}"),
    (re.compile(rf"[{_SURNAMES}][\u4e00-\u9fff○ＯOX]{{0,2}}?(?={_TITLE})"), HIDDEN),
)
"""What is hidden wherever it stands: e-mails, identity numbers, telephones, plates, names with a title."""
_HOUSE = re.compile(rf"{_NUMERAL}+(?:[之\-－‐]{_NUMERAL}+)?(?=號)(?!號(?:線|誌|碼頭|出口|公車|道))")
_FLOOR = re.compile(rf"(?<=[號○]){_NUMERAL}+(?=[樓Ff])|(?<=樓)之{_NUMERAL}+")


def masked(text: str, known: Collection[str] = ()) -> str:
    """A text in a citizen's or a clerk's words, without persons, telephones, plates and house numbers.

    `known` are the names of who reported it: those are hidden also where nothing marks them as names.
    """
    return _FLOOR.sub(HIDDEN, _HOUSE.sub(HIDDEN, _persons(text, known)))


def masked_place(text: str, known: Collection[str] = ()) -> str:
    """An address as it was written, without persons, telephones and plates; it says where the damage is."""
    return _persons(text, known)


def _persons(text: str, known: Collection[str]) -> str:
    for name in sorted({name.strip() for name in known}, key=len, reverse=True):
        if len(name) >= _NAME_MIN:
            text = _named(name).sub(HIDDEN, text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _named(name: str) -> re.Pattern[str]:
    """A name wherever it stands; one in Latin letters not within a longer word."""
    edges = (r"(?<![A-Za-z])", r"(?![A-Za-z])") if name.isascii() else ("", "")
    return re.compile(r"\s+".join(map(re.escape, name.split())).join(edges), re.IGNORECASE)
