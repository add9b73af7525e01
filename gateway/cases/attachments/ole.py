"""What lies in an OLE compound file (doc, xls): the names in its directory. [MS-CFB]. Pure."""

from __future__ import annotations

import struct

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_IN_HEADER = 109
_ENTRY = 128
_END = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""
_SHIFTS = (9, 12)


class BrokenCompound(ValueError):
    """The file's own directory cannot be followed."""


def entry_names(data: bytes) -> frozenset[str]:
    """The names of all storages and streams. Raises BrokenCompound."""
    try:
        return frozenset(_names(data))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise BrokenCompound(str(error)) from error


def _names(data: bytes) -> list[str]:
    (shift,) = struct.unpack_from("<H", data, 30)
    if not data.startswith(MAGIC) or shift not in _SHIFTS:
        raise BrokenCompound("not a compound file")
    size = 1 << shift
    table = _allocation(data, size)
    (sector,) = struct.unpack_from("<I", data, 48)
    names: list[str] = []
    seen: set[int] = set()
    while sector < _END:
        if sector in seen:
            raise BrokenCompound("the directory runs in a circle")
        seen.add(sector)
        start = (sector + 1) * size
        for at in range(start, start + size, _ENTRY):
            length, kind = struct.unpack_from("<HB", data, at + 64)
            if kind:
                names.append(data[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le"))
        sector = table[sector]
    return names


def _allocation(data: bytes, size: int) -> list[int]:
    """The table that says which sector follows which."""
    sectors = [n for n in struct.unpack_from(f"<{_IN_HEADER}I", data, 76) if n < _END]
    further, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // size + 1)):
        if further >= _END:
            break
        *more, further = struct.unpack_from(f"<{size // 4}I", data, (further + 1) * size)
        sectors += [n for n in more if n < _END]
    table: list[int] = []
    for sector in sectors:
        table += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    return table
