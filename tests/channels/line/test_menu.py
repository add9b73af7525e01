"""The menu under the chat: put up once, whole, and never leaving anything half done."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from gateway.channels.line import menu_picture
from gateway.channels.line.menu import LANGUAGES, menu_file, request
from gateway.channels.line.menu_picture import IMAGE_BYTES_MAX, NoChineseFont, chinese_font, picture
from gateway.cli_line import LineRefused, NoPicture, line
from gateway.conversations.people import ASK_AGAIN, ASK_PERSON
from gateway.conversations.speech import START
from gateway.settings import Settings
from tests.channels.line import faults
from tests.channels.line.fake import FakeLine

SIZE = (menu_file().size.width, menu_file().size.height)


def drawn(folder: Path, colour: str, size: tuple[int, int] = SIZE) -> Path:
    path = folder / f"{colour}.png"
    Image.new("P", size, colour).save(path)
    return path


@pytest.fixture
def ready(tmp_path: Path) -> list[str]:
    """Pictures that need no font."""
    return ["--image", f"zh={drawn(tmp_path, 'white')}", "--image", f"en={drawn(tmp_path, 'blue')}"]


def run(fake: FakeLine | None, *arguments: str, **settings: Any) -> Result:
    pointed = {"line_api_base": fake.url, "line_channel_access_token": fake.access_token} if fake else {}
    return CliRunner().invoke(line, list(arguments), obj=Settings(**{**pointed, **settings}))


def test_the_areas_cover_the_picture_and_lead_where_the_dialogue_knows() -> None:
    known = {payload for _, payload in START.values()} | {ASK_AGAIN, ASK_PERSON}
    for language in LANGUAGES:
        told = request(language, "x").to_dict()
        covered = sum(area["bounds"]["width"] * area["bounds"]["height"] for area in told["areas"])
        assert covered == SIZE[0] * SIZE[1]
        data = [area["action"]["data"] for area in told["areas"]]
        assert set(data) - known == {
            "line:my_cases",
            "line:news",
            "menu:zh" if language == "en" else "menu:en",
        }
        switch = told["areas"][-1]["action"]
        assert switch["type"] == "richmenuswitch"
        assert switch["richMenuAliasId"] in {menu.alias for menu in menu_file().menus.values()}
        assert switch["richMenuAliasId"] != menu_file().menus[language].alias


def test_both_menus_are_put_up_with_their_pictures_and_chinese_for_everybody(
    line_api: FakeLine, ready: list[str]
) -> None:
    done = run(line_api, "setup-menu", *ready)
    assert done.exit_code == 0, done.output
    menus = line_api.menus
    assert set(menus.aliases) == {"wst-zh", "wst-en"}
    assert set(menus.aliases.values()) == set(menus.menus) == set(menus.images)
    assert menus.seen_by == {"all": menus.aliases["wst-zh"]}


def test_a_second_time_changes_nothing(line_api: FakeLine, ready: list[str]) -> None:
    run(line_api, "setup-menu", *ready)
    before = dict(line_api.menus.aliases)
    again = run(line_api, "setup-menu", *ready)
    assert "stands already" in again.output
    assert line_api.menus.aliases == before
    assert len(line_api.menus.menus) == 2


def test_what_has_changed_takes_the_place_of_what_stood_there(
    line_api: FakeLine, ready: list[str], tmp_path: Path
) -> None:
    theirs = {"name": "somebody else's", "areas": []}
    line_api.menus.menus["theirs"] = {**theirs, "size": {}, "selected": False, "chatBarText": "x"}
    run(line_api, "setup-menu", *ready)
    english = line_api.menus.aliases["wst-en"]
    changed = ["--image", f"zh={drawn(tmp_path, 'red')}", *ready[2:]]
    done = run(line_api, "setup-menu", *changed)
    assert "taken down: wanshitong zh" in done.output
    assert line_api.menus.aliases["wst-en"] == english
    assert len(line_api.menus.menus) == 3
    assert "theirs" in line_api.menus.menus
    assert line_api.menus.seen_by == {"all": line_api.menus.aliases["wst-zh"]}


@pytest.mark.parametrize(
    ("path", "fault", "said"),
    [
        ("/content", faults.broken(), "LINE refuses: 500"),
        ("/content", faults.cut_before(), "LINE cannot be reached"),
        ("/richmenu", faults.rate_limited(), "LINE refuses: 429"),
        ("/alias", faults.broken(), "LINE refuses: 500"),
    ],
)
def test_a_failure_is_told_and_the_next_time_leaves_one_of_each(
    line_api: FakeLine, ready: list[str], path: str, fault: faults.Fault, said: str
) -> None:
    line_api.fail(path, fault)
    failed = run(line_api, "setup-menu", *ready)
    assert isinstance(failed.exception, LineRefused)
    assert said in failed.exception.detail
    assert set(line_api.menus.menus) == set(line_api.menus.images)
    assert run(line_api, "setup-menu", *ready).exit_code == 0
    assert sorted(line_api.menus.aliases.values()) == sorted(line_api.menus.menus)
    assert len(line_api.menus.menus) == 2


def test_a_dry_run_changes_nothing(line_api: FakeLine, ready: list[str], tmp_path: Path) -> None:
    done = run(line_api, "setup-menu", "--dry-run", "--save", str(tmp_path / "kept"), *ready)
    assert done.exit_code == 0, done.output
    assert "6 areas, 2500×1686" in done.output
    assert line_api.calls == []
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["menu-en.png", "menu-zh-TW.png"]


def test_without_a_token_nothing_is_tried(ready: list[str]) -> None:
    refused = run(None, "setup-menu", *ready)
    assert isinstance(refused.exception, LineRefused)
    assert "WST_LINE_CHANNEL_ACCESS_TOKEN" in refused.exception.detail


def test_a_token_that_line_does_not_know_is_told_in_words(line_api: FakeLine, ready: list[str]) -> None:
    refused = run(line_api, "setup-menu", *ready, line_channel_access_token="wrong")
    assert isinstance(refused.exception, LineRefused)
    assert "does not know the access token" in refused.exception.detail


@pytest.mark.parametrize("wrong", ["zh=/no/such.png", "fr=x.png", "zh", "{small}", "{text}"])
def test_a_picture_that_line_would_not_take_is_refused_before(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "text.png").write_text("no picture")
    named = {"{small}": f"zh={drawn(tmp_path, 'green', (800, 540))}", "{text}": f"zh={tmp_path / 'text.png'}"}
    refused = run(None, "setup-menu", "--dry-run", "--image", named.get(wrong, wrong))
    assert isinstance(refused.exception, NoPicture), refused.output


def test_without_a_chinese_font_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menu_picture, "_FOLDERS", (str(tmp_path),))
    refused = run(None, "setup-menu", "--dry-run", "--image", f"en={drawn(tmp_path, 'white')}")
    assert isinstance(refused.exception, NoPicture)
    assert "no font with Chinese characters" in refused.exception.detail
    assert "--image zh=FILE" in refused.exception.detail


def test_the_picture_that_is_drawn_is_one_that_line_takes() -> None:
    try:
        font = chinese_font()
    except NoChineseFont:
        pytest.skip("no font with Chinese characters on this machine")
    pictures = [picture(language, font) for language in LANGUAGES]
    assert pictures[0] != pictures[1]
    for one in pictures:
        assert len(one) <= IMAGE_BYTES_MAX
        with Image.open(io.BytesIO(one)) as opened:
            assert (opened.format, opened.size) == ("PNG", SIZE)


PUBLIC = {"public_url": "https://1999.example", "line_channel_secret": "secret"}


def test_check_finds_a_channel_that_is_set_up(line_api: FakeLine, ready: list[str]) -> None:
    run(line_api, "setup-menu", *ready)
    line_api.webhook = {"endpoint": "https://1999.example/channels/line/webhook", "active": True}
    done = run(line_api, "check", **PUBLIC)
    assert done.exit_code == 0, done.output
    assert "!!" not in done.output
    assert "pushes this month: 0 of 200" in done.output


def test_check_tells_everything_that_is_missing(line_api: FakeLine) -> None:
    line_api.consumed = 190
    done = run(line_api, "check")
    assert done.exit_code == 1
    for missing in (
        "WST_LINE_CHANNEL_SECRET is not set", "WST_PUBLIC_URL is not https", "no webhook: set it to",
        "190 of 200, nearly used up", "menu wst-zh is missing", "run: wanshitong line setup-menu",
    ):  # fmt: skip
        assert missing in done.output


@pytest.mark.parametrize(
    ("endpoint", "active", "said"),
    [
        ("https://1999.example/callback", True, "does not end in /channels/line/webhook"),
        (
            "https://old.example/channels/line/webhook",
            True,
            "is not https://1999.example/channels/line/webhook",
        ),
        ("https://1999.example/channels/line/webhook", False, "switched off"),
    ],
)
def test_check_looks_at_the_webhook(line_api: FakeLine, endpoint: str, active: bool, said: str) -> None:
    line_api.webhook = {"endpoint": endpoint, "active": active}
    assert said in run(line_api, "check", **PUBLIC).output
