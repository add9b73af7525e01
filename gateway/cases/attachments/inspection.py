"""What a file really is, by its bytes; its name must agree. No trust in what the sender says it is."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable

from gateway.cases.attachments import archives, ole
from gateway.cases.attachments.errors import AttachmentBroken, AttachmentTooLarge, AttachmentType
from gateway.cases.attachments.rules import EXTENSIONS, FILE_MAX_BYTES, Content, extension_of

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_MP4_BRANDS = frozenset(
    {"isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "avc1", "M4V",
     "M4VH", "M4VP", "MSNV", "dash", "mmp4"}
)  # fmt: skip
_MP4_HEAD_MAX = 4096
_PDF = re.compile(rb"%PDF-[12]\.\d")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TEXT_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x9f]")
_ACTIVE_HEAD = re.compile(
    r"\s*(?:#!|<\?|<!doctype|<!--|<(?:html|head|body|script|svg|iframe|xml|math|table|img|a|meta|link)\b|@echo\b"
    r"|\{\\rtf)",
    re.IGNORECASE,
)
_ACTIVE_ANYWHERE = re.compile(r"<(?:script|svg|html|iframe)\b", re.IGNORECASE)
_SNIFFED = 4096
_VBA = frozenset({"Macros", "_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"})


def recognise(data: bytes, name: str) -> Content:
    """What the file is. Raises AttachmentTooLarge, AttachmentBroken (also when empty), AttachmentBomb, or
    AttachmentType when it is none of the city's types or its name says otherwise."""
    if len(data) > FILE_MAX_BYTES:
        raise AttachmentTooLarge(size=len(data))
    if not data:
        raise AttachmentBroken("empty")
    named = EXTENSIONS.get(extension_of(name))
    if named is None:
        raise AttachmentType("no accepted extension")
    found = _content_of(data)
    if found is not named:
        raise AttachmentType(f"named as {named}, is {found or 'something else'}")
    return found


def _content_of(data: bytes) -> Content | None:
    for looks_like, content in _SIGNATURES:
        if looks_like(data):
            return content(data) if callable(content) else content
    return _text(data)


def _mp4(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    (size,) = struct.unpack_from(">I", data)
    # The main brand, four bytes of a version, then the brands it is compatible with.
    head = data[8:12] + data[16 : min(size, _MP4_HEAD_MAX)]
    brands = {head[at : at + 4].decode("latin-1").strip() for at in range(0, len(head) - 3, 4)}
    return bool(brands & _MP4_BRANDS)


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda data: data[:4] == b"RIFF" and data[8:12] == kind


def _starts(magic: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(magic)


def _asf(data: bytes) -> Content:
    """Sound alone or pictures too: the header lists its streams."""
    if len(data) < 30:  # noqa: PLR2004 - the fixed part of the header object
        raise AttachmentBroken("a media header that ends too soon")
    (size,) = struct.unpack_from("<Q", data, 16)
    return Content.WMV if _ASF_VIDEO in data[: min(size, len(data))] else Content.WMA


def _compound(data: bytes) -> Content | None:
    try:
        names = ole.entry_names(data)
    except ole.BrokenCompound as error:
        raise AttachmentBroken("compound file") from error
    if names & _VBA:
        raise AttachmentType("a document with macros")
    if "EncryptedPackage" in names:
        raise AttachmentBroken("encrypted")
    word, excel = "WordDocument" in names, bool(names & {"Workbook", "Book"})
    if word == excel:
        return None
    return Content.WORD if word else Content.EXCEL


def _text(data: bytes) -> Content | None:
    """Text in UTF-8, UTF-16 with its mark, or Big5, that no browser or shell would take for its own."""
    encodings = [name for mark, name in _BOMS if data.startswith(mark)] or ["utf-8", "cp950"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        active = _ACTIVE_HEAD.match(text) or _ACTIVE_ANYWHERE.search(text[:_SNIFFED])
        return None if active or _TEXT_CONTROLS.search(text) else Content.TEXT
    return None


_SIGNATURES: tuple[tuple[Callable[[bytes], bool], Content | Callable[[bytes], Content | None]], ...] = (
    (_starts(b"\xff\xd8\xff"), Content.JPEG),
    (_starts(b"\x89PNG\r\n\x1a\n"), Content.PNG),
    (_starts(b"GIF87a"), Content.GIF),
    (_starts(b"GIF89a"), Content.GIF),
    (lambda data: bool(_PDF.match(data)), Content.PDF),
    (_starts(archives.MAGIC), archives.archive_content),
    (_starts(ole.MAGIC), _compound),
    (_mp4, Content.MP4),
    (_riff(b"AVI "), Content.AVI),
    (_riff(b"WAVE"), Content.WAV),
    (_starts(_ASF), _asf),
    (lambda data: data[:2] == b"BM" and data[6:10] == bytes(4), Content.BMP),
)
"""How each content begins, and what must be looked at further."""
