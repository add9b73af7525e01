"""Photos lose what they tell of their maker; what is no picture, or far too much of one, is refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from gateway.cases.attachments import gif
from gateway.cases.attachments.errors import AttachmentBomb, AttachmentBroken
from gateway.cases.attachments.images import clean_picture
from gateway.cases.attachments.rules import ANIMATION_MAX_FRAMES, Content
from gateway.errors import PlatformError
from tests.cases.attachments.samples import animation, photo, picture

SAMPLES = {
    Content.JPEG: photo(),
    Content.PNG: picture("PNG", mode="P"),
    Content.BMP: picture("BMP"),
    Content.GIF: animation(),
}


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_the_position_is_read_and_then_nothing_of_the_camera_is_left() -> None:
    kept = clean_picture(photo(22.6273, 120.3014), Content.JPEG)
    assert kept.position == pytest.approx((22.6273, 120.3014), abs=1e-5)
    image = opened(kept.data)
    assert dict(image.getexif()) == {}
    assert b"Secret" not in kept.data
    assert b"Exif" not in kept.data


@pytest.mark.parametrize(("lat", "lng"), [(-33.8, 151.2), (22.6, -120.3)])
def test_positions_of_other_sides(lat: float, lng: float) -> None:
    kept = clean_picture(photo(lat, lng), Content.JPEG)
    assert kept.position == pytest.approx((lat, lng), abs=1e-5)


@pytest.mark.parametrize(("lat", "lng"), [(None, 0.0), (0.0, 0.0), (95.0, 120.0), (22.0, 200.0)])
def test_no_position_is_offered_that_is_none(lat: float | None, lng: float) -> None:
    assert clean_picture(photo(lat, lng), Content.JPEG).position is None


def test_the_stored_photo_stands_upright() -> None:
    assert opened(photo()).size == (24, 16)
    assert opened(clean_picture(photo(orientation=6), Content.JPEG).data).size == (16, 24)


def test_a_photo_keeps_its_quality_and_its_size() -> None:
    sent = picture("JPEG", size=(400, 300), quality=60)
    kept = clean_picture(sent, Content.JPEG)
    assert opened(kept.data).quantization == opened(sent).quantization  # type: ignore[attr-defined]
    assert len(kept.data) <= len(sent) * 1.02


def test_texts_of_a_png_are_left_out_and_transparency_stays() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Secret name")
    sent = picture("PNG", mode="RGBA", pnginfo=texts)
    kept = clean_picture(sent, Content.PNG)
    assert b"Secret" not in kept.data
    assert opened(kept.data).mode == "RGBA"
    assert opened(kept.data).tobytes() == opened(sent).tobytes()


def test_a_bitmap_becomes_a_png_of_the_same_pixels() -> None:
    kept = clean_picture(SAMPLES[Content.BMP], Content.BMP)
    assert kept.content is Content.PNG
    assert opened(kept.data).tobytes() == opened(SAMPLES[Content.BMP]).tobytes()


def test_an_animation_goes_on_moving_without_comments_and_appendices() -> None:
    sent = animation(frames=4)
    kept = clean_picture(sent + b"PK\x03\x04<script>", Content.GIF)
    assert b"Secret" not in kept.data
    assert b"script" not in kept.data
    image = opened(kept.data)
    assert getattr(image, "n_frames", 0) == 4
    assert (image.info["duration"], image.info["loop"]) == (80, 0)


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(10_000, 5_001), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_says_it_is_huge_is_not_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(AttachmentBomb):
        clean_picture(png_of(*size), Content.PNG)


def test_animations_without_end() -> None:
    one = gif.bare(animation(frames=1, size=(1, 1))).data
    frame = one[one.index(b"\x2c") : -1]
    many = one[:-1] + frame * ANIMATION_MAX_FRAMES + b"\x3b"
    with pytest.raises(AttachmentBomb):
        clean_picture(many, Content.GIF)
    large = bytearray(one)
    struct.pack_into("<HH", large, 6, 9_000, 9_000)
    with pytest.raises(AttachmentBomb):
        clean_picture(bytes(large), Content.GIF)


@pytest.mark.parametrize("content", SAMPLES)
def test_half_a_picture_is_refused(content: Content) -> None:
    with pytest.raises(AttachmentBroken):
        clean_picture(SAMPLES[content][: len(SAMPLES[content]) // 2], content)


def test_an_extension_longer_than_it_may_be_is_left_out() -> None:
    swollen = bytearray(SAMPLES[Content.GIF])
    swollen[swollen.index(b"NETSCAPE2.0") + len(b"NETSCAPE2.0")] = 6  # swallows what follows, a comment
    assert b"Secret" not in clean_picture(bytes(swollen), Content.GIF).data


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_damaged_pictures_are_kept_clean_or_refused(content: Content, data: st.DataObject) -> None:
    damaged = bytearray(SAMPLES[content])
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=8)):
        damaged[at] = data.draw(st.integers(0, 255))
    try:
        kept = clean_picture(bytes(damaged), content)
    except PlatformError as refused:
        assert refused.code in {"attachment_broken", "attachment_bomb"}
    else:
        assert b"Secret" not in kept.data
