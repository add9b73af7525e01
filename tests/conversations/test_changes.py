"""Words that plainly change the course."""

from __future__ import annotations

import pytest

from gateway.conversations.changes import leaves_queue, other_form


@pytest.mark.parametrize(
    "words",
    [
        "我不要等了",
        "不等了",
        "不想再等了！",
        "取消等候",
        "不用真人了",
        "不用找客服人員了",
        "我不要等了。",
        "stop waiting",
        "I don't want to wait any more",
        "取消排队",
    ],
)
def test_who_does_not_want_to_wait(words: str) -> None:
    assert leaves_queue(words)


@pytest.mark.parametrize(
    "words",
    ["不", "還要等多久", "我等很久了", "不要掛斷", "取消", "公車等了很久都不來", "我不要等到明天", ""],
)
def test_who_goes_on_waiting(words: str) -> None:
    assert not leaves_queue(words)


@pytest.mark.parametrize(
    "words, form",
    [
        ("改成陳情", "petition"),
        ("我要改用陳情好了", "petition"),
        ("還是改通報好了", None),
        ("改成通報", "dispatch"),
        ("make it a petition instead", "petition"),
        ("地點改成陳情路", None),
        ("陳情", None),
        ("內容改成陳情書沒有回覆", None),
    ],
)
def test_another_form_is_wanted(words: str, form: str | None) -> None:
    assert other_form(words) == form
