"""Files as citizens send them, and as attackers do, made here byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

from PIL import Image

SECTOR = 512
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE


def picture(kind: str = "PNG", size: tuple[int, int] = (24, 16), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    image = Image.effect_noise(size, 80).convert(mode)
    image.save(out, kind, **options)
    return out.getvalue()


def photo(lat: float | None = 22.6273, lng: float = 120.3014, orientation: int = 6) -> bytes:
    """A JPEG as a telephone makes it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Secret Maker"
    if lat is not None:
        exif[0x8825] = {1: "N" if lat >= 0 else "S", 2: _dms(lat), 3: "E" if lng >= 0 else "W", 4: _dms(lng)}
    return picture("JPEG", exif=exif, comment=b"Secret comment")


def _dms(value: float) -> tuple[float, float, float]:
    value = abs(value)
    degrees, minutes = int(value), int(value % 1 * 60)
    return float(degrees), float(minutes), round((value - degrees - minutes / 60) * 3600, 4)


def animation(frames: int = 3, size: tuple[int, int] = (12, 10)) -> bytes:
    out = io.BytesIO()
    first, *rest = [Image.new("RGB", size, (number % 255 + 1, 0, 0)) for number in range(frames)]
    first.save(out, "GIF", save_all=True, append_images=rest, duration=80, loop=0, comment=b"Secret comment")
    return out.getvalue()


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def office(main: str, **more: bytes) -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", main: b"<document/>", **more})


def open_document(kind: str, **more: bytes) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    return archive({"mimetype": mimetype, "content.xml": b"<office/>", **more})


def compound(*names: str) -> bytes:
    """An OLE compound file whose directory holds these names and no data."""
    header = bytearray(SECTOR)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<II", header, 68, END, 0)
    struct.pack_into("<109I", header, 76, 0, *[FREE] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, *_chain(names), *[FREE] * (127 - len(_chain(names))))
    return bytes(header) + table + b"".join(_entries(names))


def _chain(names: tuple[str, ...]) -> list[int]:
    count = (len(names) + 1 + 3) // 4
    return [*range(2, count + 1), END]


def _entries(names: tuple[str, ...]) -> list[bytes]:
    made = []
    for name in ("Root Entry", *names):
        text = name.encode("utf-16-le") + b"\0\0"
        made.append(text.ljust(64, b"\0") + struct.pack("<HB", len(text), 2) + bytes(61))
    return [*made, *[bytes(128)] * (-len(made) % 4)]


def media(video: bool) -> bytes:
    streams = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b") if video else bytes(16)
    asf = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
    return asf + struct.pack("<QIBB", 46, 1, 1, 2) + streams + b"sound"


ACCEPTED: dict[str, bytes] = {
    "信.doc": compound("1Table", "WordDocument", "\x05SummaryInformation", "Data", "ObjectPool"),
    "表.xls": compound("Workbook"),
    "舊表.xls": compound("Book"),
    "信.docx": office("word/document.xml"),
    "表.xlsx": office("xl/workbook.xml"),
    "信.odt": open_document("text"),
    "表.ods": open_document("spreadsheet"),
    "文件.pdf": b"%PDF-1.7\n%\xe2\xe3\n1 0 obj<<>>endobj\n%%EOF\n",
    "說明.txt": "路燈不亮，三天了 <3\n".encode(),
    "big5.txt": "路燈不亮，三天了\r\n".encode("cp950"),
    "utf16.txt": "路燈不亮".encode("utf-16"),
    "圖.bmp": picture("BMP"),
    "照片.jpg": photo(),
    "照片.JPEG": picture("JPEG", mode="L"),
    "動.gif": animation(),
    "圖.png": picture("PNG", mode="RGBA"),
    "資料.zip": archive({"照片/一.jpg": b"jpg", "說明.txt": b"text", "裡面.zip": archive({"a.txt": b"a"})}),
    "影.avi": b"RIFF\x20\0\0\0AVI LIST" + bytes(24),
    "音.wav": b"RIFF\x20\0\0\0WAVEfmt " + bytes(24),
    "影.mp4": struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"iso2", b"mp41") + bytes(40),
    "音.wma": media(video=False),
    "影.wmv": media(video=True),
}
"""One file of every type of the city's list, and some more."""

HEIC = struct.pack(">I4s4sI4s", 20, b"ftyp", b"heic", 0, b"mif1")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
EXE = b"MZ\x90\0\x03\0\0\0" + bytes(120)
MSI = compound("\u4840\u3f7f", "Property")

REFUSED: dict[str, bytes] = {
    "program.exe": EXE,
    "program.jpg": EXE,
    "program.txt": EXE,
    "program.zip": EXE,
    "setup.doc": MSI,
    "shell.txt": b"#!/bin/sh\nrm -rf /\n",
    "batch.txt": b"@echo off\r\nformat c:\r\n",
    "php.txt": b"<?php system($_GET['c']);",
    "page.html": HTML,
    "page.txt": HTML,
    "late page.txt": "看這個 <script>alert(1)</script>".encode(),
    "page.jpg": HTML,
    "page.pdf": HTML,
    "drawing.svg": SVG,
    "drawing.png": SVG,
    "drawing.txt": b"\xef\xbb\xbf  " + SVG,
    "rich.txt": rb"{\rtf1 hello}",
    "no extension": photo(),
    ".jpg.exe": photo(),
    "png.jpg": picture("PNG"),
    "docx.zip": office("word/document.xml"),
    "xlsx.docx": office("xl/workbook.xml"),
    "both.docx": office("word/document.xml", **{"xl/workbook.xml": b""}),
    "slides.docx": office("ppt/presentation.xml"),
    "excel.doc": compound("Workbook"),
    "macros.doc": compound("WordDocument", "Macros"),
    "macros.docx": office("word/document.xml", **{"word/vbaProject.bin": b"vba"}),
    "macros.xlsx": office("xl/workbook.xml", **{"xl/macrosheets/sheet1.xml": b"x"}),
    "macros.ods": open_document("spreadsheet", **{"Basic/Standard/Module1.xml": b"x"}),
    "drawing.odt": open_document("graphics"),
    "with program.zip": archive({"照片.jpg.EXE": b"MZ"}),
    "with script.zip": archive({"x/y/run.js ": b"alert()"}),
    "slip.zip": archive({"../../etc/cron.d/x": b"* * * * *"}),
    "absolute.zip": archive({"/etc/passwd": b"x"}),
    "drive.zip": archive({"C:\\Windows\\x.txt": b"x"}),
    "photo.heic": HEIC,
    "photo.mp4": HEIC,
    "pdf.pdf": b"\xef\xbb\xbf%PDF-1.7",
    "sound.wmv": media(video=False),
    "picture.avi": b"RIFF\x20\0\0\0WEBPVP8 " + bytes(24),
    "controls.txt": b"a\x00b",
    "neither.txt": b"\xff\xff\xfa",
}
"""What must not come in, with names that pretend."""
