"""Looking through a zip without unpacking it anywhere: what it is, and whether it is a bomb."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping

from gateway.cases.attachments.errors import AttachmentBomb, AttachmentBroken, AttachmentType
from gateway.cases.attachments.rules import (
    ARCHIVE_MAX_BYTES,
    ARCHIVE_MAX_MEMBERS,
    ARCHIVE_MAX_RATIO,
    ARCHIVE_RATIO_FROM_BYTES,
    PROGRAMS,
    Content,
    extension_of,
)

MAGIC = b"PK\x03\x04"
_PIECE = 65_536
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_NAME_MAX = 1_000
_MIMETYPE = "mimetype"
_MIMETYPE_MAX = 200
_BY_MIMETYPE = {
    b"application/vnd.oasis.opendocument.text": Content.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": Content.ODS,
}
_BY_MAIN_PART = {"word/document.xml": Content.DOCX, "xl/workbook.xml": Content.XLSX}
_CONTENT_TYPES = "[Content_Types].xml"
_MACROS = re.compile(
    r"(?i)(?:.*/)?vbaProject\.bin|(?:.*/)?(?:vbaData|attachedToolbars)\.(?:xml|bin)"
    r"|xl/macrosheets/.*|Basic/.+(?<!script-l[bc]\.xml)(?<!/)|Scripts/.+(?<!/)"
)
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


def archive_content(data: bytes) -> Content:
    """What the zip is. Every member is read to its end once, none is kept.

    Raises AttachmentBomb, AttachmentBroken (also for encrypted members, which nobody could look into)
    or AttachmentType (programs, macros).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_declared(archive.infolist())
            _check_actual(archive)
            members = {member.filename: member for member in archive.infolist()}
            content = _content(archive, members)
    except _READ_ERRORS as error:
        raise AttachmentBroken(type(error).__name__) from error
    _check_names(members, content)
    return content


def _check_declared(members: list[zipfile.ZipInfo]) -> None:
    if not members:
        raise AttachmentBroken("empty archive")
    if len(members) > ARCHIVE_MAX_MEMBERS or sum(one.file_size for one in members) > ARCHIVE_MAX_BYTES:
        raise AttachmentBomb("declared")
    for member in members:
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
            raise AttachmentBroken("encrypted, or a compression that cannot be checked")
        if member.file_size > max(ARCHIVE_RATIO_FROM_BYTES, ARCHIVE_MAX_RATIO * member.compress_size):
            raise AttachmentBomb("ratio")


def _check_actual(archive: zipfile.ZipFile) -> None:
    """What a member declares of itself may be a lie."""
    left = ARCHIVE_MAX_BYTES
    for member in archive.infolist():
        with archive.open(member) as stream:
            while piece := stream.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise AttachmentBomb("actual")


def _content(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> Content:
    if _MIMETYPE in members and members[_MIMETYPE].file_size <= _MIMETYPE_MAX:
        found = _BY_MIMETYPE.get(archive.read(_MIMETYPE).strip())
        if found is not None:
            return found
    if _CONTENT_TYPES in members:
        mains = {content for part, content in _BY_MAIN_PART.items() if part in members}
        if len(mains) != 1:
            raise AttachmentType("an office document of another kind")
        return mains.pop()
    return Content.ZIP


def _check_names(members: Mapping[str, zipfile.ZipInfo], content: Content) -> None:
    for name in members:
        steps = name.replace("\\", "/").split("/")
        if len(name) > _NAME_MAX or ".." in steps or name.startswith(("/", "\\")) or ":" in steps[0]:
            raise AttachmentType("a member that leads out of the archive")
        if content is Content.ZIP and extension_of(steps[-1].rstrip(". ")) in PROGRAMS:
            raise AttachmentType("a program in the archive")
        if content is not Content.ZIP and _MACROS.fullmatch(name):
            raise AttachmentType("a document with macros")
