"""Which files a citizen may attach: the city's list of types, sizes, names. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MEBIBYTE = 1024 * 1024
FILE_MAX_BYTES = 10 * MEBIBYTE
TOGETHER_MAX_BYTES = 20 * MEBIBYTE
TOGETHER_MAX_FILES = 20
REQUEST_MAX_BYTES = FILE_MAX_BYTES + MEBIBYTE // 2
"""One file with the rest of its form."""
FORM_MAX_BYTES = TOGETHER_MAX_BYTES + MEBIBYTE
"""A whole form with all its files."""
NAME_MAX = 120
DRAFT_LIFE = timedelta(days=2)
"""How long files wait for their case."""
WRITING_TIME = timedelta(hours=1)
"""How long a file may lie in the store before its row is there."""

IMAGE_MAX_PIXELS = 50_000_000
ANIMATION_MAX_PIXELS = 200_000_000
"""Pixels of all frames together."""
ANIMATION_MAX_FRAMES = 1_000
ARCHIVE_MAX_BYTES = 100 * MEBIBYTE
"""Of all members together, unpacked."""
ARCHIVE_MAX_MEMBERS = 2_000
ARCHIVE_MAX_RATIO = 200
ARCHIVE_RATIO_FROM_BYTES = MEBIBYTE
"""Small members may be as compressible as they like."""


class Content(StrEnum):
    """What a file is by its bytes."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    BMP = "bmp"
    PDF = "pdf"
    TEXT = "text"
    WORD = "word"
    EXCEL = "excel"
    DOCX = "docx"
    XLSX = "xlsx"
    ODT = "odt"
    ODS = "ods"
    ZIP = "zip"
    AVI = "avi"
    MP4 = "mp4"
    WAV = "wav"
    WMA = "wma"
    WMV = "wmv"


class Purpose(StrEnum):
    """What a file is for."""

    REPORT = "report"
    INSPECTION = "inspection"
    RESULT = "result"
    INTERNAL = "internal"


@dataclass(frozen=True)
class FileType:
    """One kind of content: the extensions it may come under, and as what it is served."""

    extensions: tuple[str, ...]
    media_type: str
    image: bool = False
    """Shown in the page; everything else is only downloaded."""


_OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES: dict[Content, FileType] = {
    Content.JPEG: FileType(("jpg", "jpeg"), "image/jpeg", image=True),
    Content.PNG: FileType(("png",), "image/png", image=True),
    Content.GIF: FileType(("gif",), "image/gif", image=True),
    Content.BMP: FileType(("bmp",), "image/bmp", image=True),
    Content.PDF: FileType(("pdf",), "application/pdf"),
    Content.TEXT: FileType(("txt",), "text/plain"),
    Content.WORD: FileType(("doc",), "application/msword"),
    Content.EXCEL: FileType(("xls",), "application/vnd.ms-excel"),
    Content.DOCX: FileType(("docx",), f"{_OFFICE}.wordprocessingml.document"),
    Content.XLSX: FileType(("xlsx",), f"{_OFFICE}.spreadsheetml.sheet"),
    Content.ODT: FileType(("odt",), "application/vnd.oasis.opendocument.text"),
    Content.ODS: FileType(("ods",), "application/vnd.oasis.opendocument.spreadsheet"),
    Content.ZIP: FileType(("zip",), "application/zip"),
    Content.AVI: FileType(("avi",), "video/x-msvideo"),
    Content.MP4: FileType(("mp4",), "video/mp4"),
    Content.WAV: FileType(("wav",), "audio/wav"),
    Content.WMA: FileType(("wma",), "audio/x-ms-wma"),
    Content.WMV: FileType(("wmv",), "video/x-ms-wmv"),
}
"""The city's list (mayor's mailbox, 2016); every type here, no other."""

EXTENSIONS = {extension: content for content, kind in TYPES.items() for extension in kind.extensions}
SHOWN_IN_PAGE = frozenset(kind.media_type for kind in TYPES.values() if kind.image)

PROGRAMS = frozenset(
    {"apk", "app", "appx", "bat", "cmd", "com", "cpl", "dex", "class", "dll", "docm", "dotm", "elf",
     "exe", "gadget", "hta", "htm", "html", "inf", "ins", "iso", "jar", "js", "jse", "lnk", "mht",
     "mhtml", "msc", "msi", "msix", "msp", "mst", "php", "pif", "pl", "potm", "ppam", "pptm", "ps1",
     "psm1", "py", "reg", "scf", "scr", "sh", "svg", "swf", "sys", "url", "vb", "vbe", "vbs", "vhd",
     "vhdx", "ws", "wsc", "wsf", "wsh", "xhtml", "xlam", "xlsb", "xlsm", "xltm"}
)  # fmt: skip
"""Extensions of what runs when it is opened; never inside an archive."""

_SEPARATORS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')


def extension_of(name: str) -> str:
    """The last extension in small letters, without its dot; empty when there is none."""
    return name.rpartition(".")[2].strip().casefold() if "." in name else ""


def clean_name(name: str, extension: str) -> str:
    """The name to keep and show: no folders, no control or direction characters, at most 120 characters.

    It ends in `.extension`, whatever it ended in before; Chinese stays as it is.
    """
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    # Cc controls, Cf directions and joiners, Cs half characters, Co and Cn what no font knows.
    kept = "".join(" " if char.isspace() else char for char in last if _is_readable(char))
    stem = _FORBIDDEN.sub("_", kept)
    if extension_of(stem) in EXTENSIONS:
        stem = stem.rpartition(".")[0]
    stem = " ".join(stem.split()).strip(". ")[: NAME_MAX - len(extension) - 1].strip(". ")
    return f"{stem or 'attachment'}.{extension}"


def _is_readable(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
