"""Every type of the city's list is taken, and nothing that only pretends to be one of them."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cases.attachments import ole
from gateway.cases.attachments.archives import archive_content
from gateway.cases.attachments.errors import (
    AttachmentBomb,
    AttachmentBroken,
    AttachmentTooLarge,
    AttachmentType,
)
from gateway.cases.attachments.inspection import recognise
from gateway.cases.attachments.rules import (
    ARCHIVE_MAX_BYTES,
    ARCHIVE_MAX_MEMBERS,
    EXTENSIONS,
    FILE_MAX_BYTES,
    NAME_MAX,
    TYPES,
    Content,
    clean_name,
    extension_of,
)
from gateway.errors import PlatformError
from tests.cases.attachments.samples import ACCEPTED, REFUSED, archive, compound

CITYS_LIST = [
    "doc",
    "docx",
    "xls",
    "xlsx",
    "pdf",
    "txt",
    "bmp",
    "jpg",
    "jpeg",
    "gif",
    "png",
    "odt",
    "ods",
    "zip",
    "avi",
    "mp4",
    "wav",
    "wma",
    "wmv",
]


def test_the_types_are_the_citys_list() -> None:
    assert sorted(EXTENSIONS) == sorted(CITYS_LIST)
    assert {extension_of(name) for name in ACCEPTED} == set(CITYS_LIST)
    assert set(TYPES) == set(Content)


@pytest.mark.parametrize("name", ACCEPTED)
def test_taken(name: str) -> None:
    assert recognise(ACCEPTED[name], name) is EXTENSIONS[extension_of(name)]


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(AttachmentType):
        recognise(REFUSED[name], name)


@pytest.mark.parametrize("name", ACCEPTED)
@pytest.mark.parametrize("extension", CITYS_LIST)
def test_a_name_that_says_otherwise_is_refused(name: str, extension: str) -> None:
    if EXTENSIONS[extension] is EXTENSIONS[extension_of(name)]:
        assert recognise(ACCEPTED[name], f"x.{extension}") is EXTENSIONS[extension]
        return
    with pytest.raises(AttachmentType):
        recognise(ACCEPTED[name], f"x.{extension}")


def test_the_limit_of_one_file() -> None:
    text = b"a" * FILE_MAX_BYTES
    assert recognise(text, "a.txt") is Content.TEXT
    with pytest.raises(AttachmentTooLarge):
        recognise(text + b"a", "a.txt")
    with pytest.raises(AttachmentBroken):
        recognise(b"", "a.txt")


def test_archives_that_unpack_to_too_much() -> None:
    zeros = bytes(8 * 1024 * 1024)
    for members in (
        {"zeros.txt": zeros},
        {f"{n}.txt": b"" for n in range(ARCHIVE_MAX_MEMBERS + 1)},
    ):
        with pytest.raises(AttachmentBomb):
            archive_content(archive(members))


def test_an_archive_that_lies_about_its_size() -> None:
    honest = archive({"a.txt": bytes(range(256)) * 4096})
    with zipfile.ZipFile(io.BytesIO(honest)) as opened:
        size = opened.infolist()[0].file_size
    lying = honest.replace(struct.pack("<I", size), struct.pack("<I", 10))
    with pytest.raises((AttachmentBomb, AttachmentBroken)):
        archive_content(lying)
    huge = honest.replace(struct.pack("<I", size), struct.pack("<I", ARCHIVE_MAX_BYTES + 1))
    with pytest.raises(AttachmentBomb):
        archive_content(huge)


def test_archives_that_cannot_be_looked_into() -> None:
    plain = archive({"a.txt": b"text"}, zipfile.ZIP_STORED)
    for broken in (
        plain.replace(b"text", b"tExt"),
        plain[:-30],
        archive({}) + b"x",
        archive({"a.txt": b"text" * 50}, zipfile.ZIP_LZMA),
        b"PK\x03\x04 and nothing more",
    ):
        with pytest.raises(AttachmentBroken):
            archive_content(broken)


def test_an_encrypted_archive_is_refused() -> None:
    plain = bytearray(archive({"a.txt": b"text"}, zipfile.ZIP_STORED))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        plain[plain.index(mark) + flags] |= 1
    with pytest.raises(AttachmentBroken):
        archive_content(bytes(plain))


def test_nested_archives_are_not_opened() -> None:
    inner = archive({"zeros.txt": bytes(8 * 1024 * 1024)})
    assert archive_content(archive({"inner.zip": inner})) is Content.ZIP


def test_a_compound_file_whose_directory_runs_in_a_circle() -> None:
    data = bytearray(compound("WordDocument", "a", "b", "c"))
    struct.pack_into("<I", data, 512 + 4 * 2, 1)
    with pytest.raises(AttachmentBroken):
        recognise(bytes(data), "a.doc")


def test_many_entries_lie_in_several_sectors() -> None:
    names = [f"entry {number}" for number in range(30)]
    assert ole.entry_names(compound(*names)) == {"Root Entry", *names}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(ACCEPTED)), st.data())
def test_damaged_files_are_taken_or_refused_and_nothing_else_happens(name: str, data: st.DataObject) -> None:
    damaged = bytearray(ACCEPTED[name][: data.draw(st.integers(0, len(ACCEPTED[name])))])
    for at in data.draw(st.lists(st.integers(0, max(len(damaged) - 1, 0)), max_size=8)):
        if damaged:
            damaged[at] = data.draw(st.integers(0, 255))
    try:
        recognise(bytes(damaged), name)
    except PlatformError as refused:
        assert refused.code.startswith("attachment_")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("路燈.jpg", "路燈.jpg"),
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\我的 文件\\照片.JPEG", "照片.jpg"),
        ("evil\u202egpj.jpg", "evilgpj.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "a Set-Cookie_ x.jpg"),
        ('"quoted"<b>.jpg', "_quoted__b_.jpg"),
        (".jpg", "attachment.jpg"),
        ("", "attachment.jpg"),
        ("字" * 300 + ".jpg", "字" * (NAME_MAX - 4) + ".jpg"),
        ("picture.bmp", "picture.jpg"),
        ("half \ud800.jpg", "half.jpg"),
        ("page.html.jpg", "page.html.jpg"),
    ],
)
def test_names(given_name: str, kept: str) -> None:
    assert clean_name(given_name, "jpg") == kept


@given(st.text())
def test_a_clean_name_is_its_own_and_short(name: str) -> None:
    kept = clean_name(name, "png")
    assert len(kept) <= NAME_MAX
    assert kept.endswith(".png")
    assert clean_name(kept, "png") == kept
    assert not set(kept) & set('/\\\0\n\r"<>\u202e')
