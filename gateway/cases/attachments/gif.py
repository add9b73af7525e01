"""A GIF without all that is not its pictures: comments, foreign data, what hangs after its end. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_SCREEN = 13
_COLOURS = 0x80
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_APPLICATION_NAME = 11
_CONTROL_BYTES = 8
_LOOP_BYTES = 19
"""Whole lengths, as written down for each; whatever is longer holds more than it should."""
_DESCRIPTOR = 10


class BrokenGif(ValueError):
    """The file ends before its end, or holds something that cannot stand there."""


@dataclass(frozen=True)
class Gif:
    """The pictures of a GIF, unchanged, with the timing and looping of an animation."""

    data: bytes
    frames: int
    canvas: int
    """Pixels of the whole picture, or of the largest frame if that is larger."""


def bare(data: bytes) -> Gif:
    """The same pictures in the same order and nothing else. Raises BrokenGif."""
    try:
        return _bare(data)
    except IndexError as error:
        raise BrokenGif("ends too soon") from error


def _bare(data: bytes) -> Gif:
    at = _SCREEN + _colours(data[10])
    kept = [data[:at]]
    canvas, frames = _area(data, 6), 0
    while data[at] != _TRAILER:
        start = at
        if data[at] == _EXTENSION:
            at = _after_blocks(data, at + 2)
            if _belongs(data[start:at]):
                kept.append(data[start:at])
        elif data[at] == _IMAGE:
            canvas = max(canvas, _area(data, at + 5))
            at = _after_blocks(data, at + _DESCRIPTOR + _colours(data[at + 9]) + 1)
            kept.append(data[start:at])
            frames += 1
        else:
            raise BrokenGif(f"block {data[at]:#x}")
    if not frames:
        raise BrokenGif("no picture")
    return Gif(b"".join([*kept, bytes([_TRAILER])]), frames, canvas)


def _belongs(extension: bytes) -> bool:
    """Whether an extension says how pictures are shown, and nothing beside."""
    if extension[1] == _APPLICATION:
        name = extension[3 : 3 + _APPLICATION_NAME]
        return len(extension) == _LOOP_BYTES and extension[2] == _APPLICATION_NAME and name in _LOOPS
    return extension[1] == _CONTROL and len(extension) == _CONTROL_BYTES


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _colours(flags: int) -> int:
    """Bytes of the table of colours that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & _COLOURS else 0


def _area(data: bytes, at: int) -> int:
    width, height = data[at] | data[at + 1] << 8, data[at + 2] | data[at + 3] << 8
    return width * height
