"""Whatever the dialogue can say, LINE takes it; and nothing that can be pressed goes astray."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.line.rendering import letter, place_of, rendered
from gateway.conversations.rules import Kind, Sender
from gateway.conversations.transcript import MessageView
from tests.channels.line.taken import actions, sent, taken

ANY = st.characters(exclude_categories=["Cs"])
ODD = "路燈🍎👨‍👩‍👧e\u0301🇹🇼\u200d\n\t 。！「」<>&\"'a"


def texts(longest: int, least: int = 0) -> st.SearchStrategy[str]:
    """Words of every kind: common, odd, and far too long."""
    some = st.text(alphabet=ANY, min_size=least, max_size=min(longest, 80))
    odd = st.text(alphabet=ODD, min_size=least, max_size=min(longest, 200))
    long = st.builds(
        lambda word, times: word * times,
        st.sampled_from(["路", "🍎", "好的。", "a b "]),
        st.integers(1, longest),
    )
    return some | odd | long


SAID = texts(3000, 1).filter(lambda text: bool(text.strip()))
SHORT = texts(400)
OPTIONS = st.lists(
    st.fixed_dictionaries(
        {"title": SHORT, "payload": texts(400) | st.sampled_from(["human", "faq:1", "call_back:ask"])}
    ),
    max_size=20,
)
ASKED = st.fixed_dictionaries(
    {}, optional={"asking": st.sampled_from(["place", "description", "contact", "confirm", "district"]),
                  "form": st.sampled_from(["dispatch", "petition", "public_works_report", "case_lookup"])},
)  # fmt: skip
DATES = st.none() | st.dates().map(str) | SHORT
URLS = (
    st.none()
    | st.sampled_from(["https://a.example/" + "x" * 1000, "https://www.kcg.gov.tw", "http://x", "tel:1"])
    | SHORT
)
ANSWERS = st.fixed_dictionaries(
    {"faq_id": SHORT, "question": SHORT, "source_url": URLS, "agency": SHORT | st.none(),
     "source_date": DATES,
     "older_than_3_years": st.booleans(), "expired": st.booleans(), "warning": SHORT | st.none()}
)  # fmt: skip
FIELDS = st.fixed_dictionaries({"field": SHORT, "label": SHORT, "value": texts(3000)})
SUMMARIES = st.fixed_dictionaries(
    {"kind": SHORT, "options": OPTIONS, "fields": st.lists(FIELDS, max_size=9)}
)  # fmt: skip
DUES = st.lists(
    st.fixed_dictionaries({"stage": st.sampled_from(["inspection", "completion", "other"]), "due_at": DATES}),
    max_size=4,
)
CASES = st.fixed_dictionaries(
    {"number": st.just("D1151126-000001-3"), "verification_code": st.just("ABCD2345"), "item": SHORT,
     "district": SHORT | st.none(), "owner": SHORT, "due": DUES}
)  # fmt: skip
NUMBERS = st.sampled_from(["119", "110", "1925", "07-3368333 轉 12"])
NOTICES = st.fixed_dictionaries(
    {}, optional={"notice": st.sampled_from(["emergency", "line", "call_back_form"]),
                  "numbers": st.lists(NUMBERS, max_size=4)},
)  # fmt: skip
FILES = st.fixed_dictionaries(
    {"attachment_id": st.just("abc"), "name": SHORT,
     "media_type": st.sampled_from(["image/png", "application/pdf"]),
     "size": st.integers(0, 10_485_760)}
)  # fmt: skip
PAYLOADS: dict[Kind, st.SearchStrategy[dict[str, Any]]] = {
    Kind.TEXT: ASKED,
    Kind.ANSWER: ANSWERS,
    Kind.OPTIONS: st.builds(lambda options, asked: {"options": options, **asked}, OPTIONS, ASKED),
    Kind.SUMMARY: SUMMARIES,
    Kind.CASE: CASES,
    Kind.NOTICE: NOTICES,
    Kind.FILE: FILES,
}
SENDERS = st.sampled_from([Sender.BOT, Sender.OPERATOR, Sender.SYSTEM])


@st.composite
def views(draw: st.DrawFn) -> MessageView:
    kind = draw(st.sampled_from(list(PAYLOADS)))
    payload, seq = draw(PAYLOADS[kind]), draw(st.integers(1, 2**29))
    at = datetime(2026, 11, 26, tzinfo=UTC)
    return MessageView(seq, "id", draw(SENDERS), kind, draw(SAID), payload, at)


LANGUAGES = st.sampled_from(["zh-TW", "en"])
BASES = st.sampled_from([None, "https://1999.example", "https://1999.example/", "http://127.0.0.1:8000"])


@settings(max_examples=300, deadline=None)
@given(st.lists(views(), min_size=1, max_size=4), LANGUAGES, BASES)
def test_line_takes_whatever_is_said(several: list[MessageView], language: str, base: str | None) -> None:
    told = rendered(several, language, base, lambda name: f"https://1999.example/f/{name}")
    assert told, "something is said to everything"
    taken(told)


@settings(deadline=None)
@given(OPTIONS, st.integers(1, 2**29))
def test_every_button_leads_back_to_its_own_option(options: list[dict[str, str]], seq: int) -> None:
    at = datetime(2026, 11, 26, tzinfo=UTC)
    one = MessageView(seq, "id", "bot", Kind.OPTIONS, "請選擇", {"options": options}, at)
    for message in sent(rendered([one], "zh-TW", None)):
        for action in actions(message):
            place = place_of(action["data"])
            if place is None:
                assert action["data"] in [option["payload"] for option in options]
            else:
                assert place[0] == seq
                assert options[place[1]]["title"].strip()


@settings(deadline=None)
@given(SHORT, texts(6000), URLS, LANGUAGES)
def test_line_takes_every_letter(title: str, text: str, link: str | None, language: str) -> None:
    taken(letter({"title": title, "text": text, "link": link, "language": language}))


def test_the_largest_report_is_still_a_bubble_that_line_takes() -> None:
    fields = [{"field": "f", "label": "欄" * 400, "value": "路" * 3000} for _ in range(20)]
    options = [{"title": f"{n}" + "修" * 400, "payload": "改" * 300} for n in range(20)]
    payload = {"fields": fields, "options": options}
    at = datetime(2026, 11, 26, tzinfo=UTC)
    assert sent(rendered([MessageView(1, "id", "bot", Kind.SUMMARY, "請確認", payload, at)], "zh-TW", None))
    letters = "https://www.kcg.gov.tw/" + "x" * 900 + " "
    answer = {"faq_id": "1", "question": "問" * 400, "agency": "局" * 900, "warning": "舊" * 900}
    assert sent(rendered([MessageView(1, "id", "bot", Kind.ANSWER, letters * 3, answer, at)], "zh-TW", None))
