"""Photos: measured before they are decoded, asked where they were taken, stored without metadata."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from math import isfinite
from typing import Any

from PIL import ExifTags, Image, ImageOps, JpegImagePlugin

from gateway.cases.attachments import gif
from gateway.cases.attachments.errors import AttachmentBomb, AttachmentBroken
from gateway.cases.attachments.rules import (
    ANIMATION_MAX_FRAMES,
    ANIMATION_MAX_PIXELS,
    IMAGE_MAX_PIXELS,
    Content,
)

_FORMATS = {Content.JPEG: "JPEG", Content.PNG: "PNG", Content.BMP: "BMP", Content.GIF: "GIF"}
_READ_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip
"""What decoders raise on bytes that are no picture."""
_JPEG_MODES = frozenset({"L", "RGB"})
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_QUALITY = 90
_PARTS = 3
Position = tuple[float, float]


@dataclass(frozen=True)
class Picture:
    """A picture as it is stored; BMP becomes PNG. `position` is where the camera says it was: lat, lng."""

    data: bytes
    content: Content
    position: Position | None


def clean_picture(data: bytes, content: Content) -> Picture:
    """The picture upright and without metadata. Raises AttachmentBomb before anything large is decoded,
    AttachmentBroken when it does not decode to its end."""
    try:
        if content is Content.GIF:
            return Picture(_clean_gif(data), content, None)
        with Image.open(io.BytesIO(data), formats=[_FORMATS[content]]) as image:
            _check_size(image.width * image.height)
            position = _position(image)
            upright = ImageOps.exif_transpose(image)
            if content is Content.JPEG:
                return Picture(_as_jpeg(upright, image), content, position)
            return Picture(_as_png(upright), Content.PNG, position)
    except Image.DecompressionBombError as error:
        raise AttachmentBomb("pixels") from error
    except _READ_ERRORS as error:
        raise AttachmentBroken(type(error).__name__) from error


def _check_size(pixels: int) -> None:
    if pixels > IMAGE_MAX_PIXELS:
        raise AttachmentBomb("pixels")


def _as_jpeg(upright: Image.Image, original: Image.Image) -> bytes:
    """Encoded with the photo's own tables, so that it neither grows nor loses much."""
    plain = upright if upright.mode in _JPEG_MODES else upright.convert("RGB")
    options: dict[str, Any] = {"quality": _QUALITY}
    if isinstance(original, JpegImagePlugin.JpegImageFile) and original.mode == plain.mode:
        options = {
            "qtables": original.quantization,
            "subsampling": JpegImagePlugin.get_sampling(original),
        }
    return _saved(plain, "JPEG", optimize=True, **options)


def _as_png(upright: Image.Image) -> bytes:
    return _saved(upright if upright.mode in _PNG_MODES else upright.convert("RGB"), "PNG")


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    copy = image.copy()
    copy.info = {key: value for key, value in image.info.items() if key == "transparency"}
    out = io.BytesIO()
    copy.save(out, kind, **options)
    return out.getvalue()


def _clean_gif(data: bytes) -> bytes:
    """Its own blocks, so that an animation stays what it was; every frame is decoded once."""
    bare = gif.bare(data)
    _check_size(bare.canvas)
    if bare.frames > ANIMATION_MAX_FRAMES or bare.frames * bare.canvas > ANIMATION_MAX_PIXELS:
        raise AttachmentBomb("frames")
    with Image.open(io.BytesIO(bare.data), formats=["GIF"]) as image:
        for frame in range(bare.frames):
            image.seek(frame)
            image.load()
    return bare.data


def _position(image: Image.Image) -> Position | None:
    try:
        tags = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    except _READ_ERRORS:
        return None  # a photo may be whole though what it says of itself is not
    lat = _degrees(tags, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S")
    lng = _degrees(tags, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W")
    if lat is None or lng is None or abs(lat) > 90 or abs(lng) > 180 or (lat, lng) == (0, 0):  # noqa: PLR2004
        return None
    return lat, lng


def _degrees(tags: dict[int, Any], value: int, side: int, negative: str) -> float | None:
    """Degrees, minutes and seconds as one number; None where the camera wrote nothing that can be one."""
    parts = tags.get(value)
    if not isinstance(parts, tuple) or len(parts) != _PARTS:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    total = round(degrees + minutes / 60 + seconds / 3600, 6)
    if not isfinite(total):
        return None
    return -total if str(tags.get(side, "")).strip("\0 ").upper() == negative else total
