"""What an editor may type and what not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.news.drafts import EMPTY, Draft, as_form, draft_of
from gateway.news.errors import InvalidNews
from gateway.news.models import NewsCampaign
from tests.news.conftest import NOW, SANMIN, ZUOYING

TAIPEI = ZoneInfo("Asia/Taipei")
GOOD: dict[str, Any] = {
    **EMPTY, "title_zh": "中山路封閉", "text_zh": "週六上午封閉。\n請改道。", "topic": "traffic",
    "districts": [SANMIN], "link": "https://www.kcg.gov.tw/news?id=1#a",
}  # fmt: skip


def draft(**changes: Any) -> Draft:
    return draft_of({**GOOD, **changes}, [SANMIN, ZUOYING], TAIPEI, NOW)


def test_a_good_form_is_a_draft_and_gives_itself_again() -> None:
    typed = {**GOOD, "send_at": "2026-11-24T12:30", "valid_until": "2026-11-28T00:00", "per_minute": "90"}
    found = draft(**typed)
    assert found.send_at == datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
    assert (found.per_minute, found.title_zh, found.urgent) == (90, "中山路封閉", False)
    campaign = NewsCampaign()
    found.put_into(campaign)
    assert as_form(campaign, TAIPEI) == typed


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"title_zh": ""}, {"title_zh": "title"}),
        ({"title_zh": "長" * 61}, {"title_zh": "title_long"}),
        ({"text_zh": " \n"}, {"text_zh": "text"}),
        ({"text_zh": "長" * 1001}, {"text_zh": "text_long"}),
        ({"title_en": "Closed"}, {"text_en": "text"}),
        ({"text_en": "Closed."}, {"title_en": "title"}),
        ({"text_en": "x" * 1001, "title_en": "x" * 61}, {"text_en": "text_long", "title_en": "title_long"}),
        ({"topic": "sports"}, {"topic": "topic"}),
        ({"districts": ["64000999"]}, {"districts": "district"}),
        ({"districts": ["三民區"]}, {"districts": "district"}),
        ({"transports": []}, {"transports": "choose"}),
        ({"transports": ["sms"]}, {"transports": "choose"}),
        ({"languages": []}, {"languages": "choose"}),
        ({"urgent": "yes"}, {"urgent": "urgent"}),
        ({"send_at": "2026-11-24T09:59"}, {"send_at": "past"}),
        ({"send_at": "tomorrow"}, {"send_at": "time"}),
        ({"valid_until": "2026-11-24T10:00"}, {"valid_until": "until"}),
        ({"send_at": "2026-11-25T10:00", "valid_until": "2026-11-25T10:00"}, {"valid_until": "until"}),
        ({"per_minute": "0"}, {"per_minute": "rate"}),
        ({"per_minute": "60001"}, {"per_minute": "rate"}),
        ({"per_minute": "many"}, {"per_minute": "rate"}),
        *(
            ({"link": link}, {"link": "link"})
            for link in (
                "http://www.kcg.gov.tw", "javascript:alert(1)", "https://", "https://a b.tw", "//a.tw",
                "https://user:word@a.tw/", "https://[", 'https://a.tw/"><script>', "a.tw",
                "https://a.tw/" + "x" * 500,
            )
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(changes: dict[str, Any], problems: dict[str, str]) -> None:
    with pytest.raises(InvalidNews) as refused:
        draft(**changes)
    assert refused.value.problems == problems


def test_limits_are_reached_exactly() -> None:
    found = draft(title_zh="長" * 60, text_zh="長" * 1000, title_en="x" * 60, text_en="x" * 1000)
    assert (len(found.title_zh), len(found.text_zh)) == (60, 1000)


def test_markup_and_braces_are_text() -> None:
    assert draft(title_zh="<script>alert(1)</script> {0} {title}").title_zh == (
        "<script>alert(1)</script> {0} {title}"
    )


@given(
    st.dictionaries(st.sampled_from(sorted(set(EMPTY) - {"districts", "transports", "languages"})), st.text())
)
def test_whatever_is_typed_is_a_draft_or_refused(typed: dict[str, str]) -> None:
    try:
        found = draft(**typed)
    except InvalidNews as refused:
        assert refused.problems
    else:
        assert 0 < len(found.title_zh) <= 60
        assert 0 < len(found.text_zh) <= 1000
