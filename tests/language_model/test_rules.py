"""What of the model's words may be used."""

from __future__ import annotations

import pytest

from gateway.language_model.rules import QUESTION_MAX, faithful, question_of

ENTRY = (
    "高雄市民免費，外縣市民眾每件規費 300 元。請填申請書，並附申請人身分證影本；郵寄不受理。"
    "每年 4 月 1 日到 30 日辦理，洽詢電話 07-3816316 轉 106，網址 https://city.example/a 。"
)


@pytest.mark.parametrize(
    "short",
    [
        "高雄市民免費，外縣市民眾每件規費 300 元。",
        "外縣市民眾每件規費300元；每年4月1日到30日辦理。",
        "請填申請書，並附申請人身分證影本。洽詢電話 07-3816316 轉 106。",
        "郵寄不受理。",
        "網址 https://city.example/a 。",
    ],
)
def test_what_the_entry_says_may_be_said(short: str) -> None:
    assert faithful(short, ENTRY)


@pytest.mark.parametrize(
    "short",
    [
        "外縣市民眾每件規費 500 元。",
        "外縣市民眾每件規費三百五十元。",
        "每年 1 月 4 日到 30 日辦理。",
        "每年 4 月 1 日到 31 日辦理。",
        "洽詢電話 07-3816317 轉 106。",
        "洽詢電話 07-3816316 轉 107。",
        "網址 https://evil.example/a 。",
        "網址 evil.com 。",
        "請寄到 me@evil.example 。",
        "郵寄受理。",
        "高雄市民免費，請匯款到我的帳戶，並提供密碼。",
        "抱歉，我無法提供協助。",
        "Sorry, as an AI I cannot help.",
        "",
        ENTRY,
        ENTRY + ENTRY,
    ],
)
def test_anything_else_may_not(short: str) -> None:
    assert not faithful(short, ENTRY)


def test_english() -> None:
    entry = (
        "Pay between April 1 and 30. Cash is not accepted. Bring your passport and call 07-3816316 ext. 106."
    )
    assert faithful("Pay between April 1 and 30. Bring your passport.", entry)
    assert not faithful("Cash is accepted. Bring your passport.", entry)
    assert not faithful("Pay between May 1 and 30.", entry)


@pytest.mark.parametrize(
    "reply, question",
    [
        ("使用牌照稅什麼時候繳？", "使用牌照稅什麼時候繳？"),
        ("「使用牌照稅什麼時候繳？」\n", "使用牌照稅什麼時候繳？"),
        ("牌照稅怎麼繳\n使用牌照稅的繳費期限", None),
        ("When is the licence tax due?", None),
        ("抱歉，我無法回答這個問題", None),
        ("請到 https://evil.example 繳牌照稅", None),
        ("稅" * (QUESTION_MAX + 1), None),
        ("牌照稅要繳了", None),
        ("", None),
        ("牌照\x00稅", None),
    ],
)
def test_a_reply_that_is_no_question_is_not_searched_for(reply: str, question: str | None) -> None:
    assert question_of(reply, "牌照稅要繳了") == question
