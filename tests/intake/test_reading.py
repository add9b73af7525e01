"""Phones, e-mail, names, case numbers, codes and questions in a citizen's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.intake.reading import Reading, clean, looks_like_question, name_alone
from gateway.intake.rules import is_cancel, is_no, is_yes, new_draft
from tests.intake.chat import say

Read = Callable[[str], Reading]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("0912345678", "0912345678"),
        ("電話０９１２－３４５－６７８謝謝", "0912345678"),
        ("0912 345 678", "0912345678"),
        ("+886 912 345 678", "0912345678"),
        ("07-2345678", "07-2345678"),
        ("(07)234-5678 轉 12", "07-2345678#12"),
        ("02-27208889分機123", "02-27208889#123"),
        ("電話是 7995678", "07-7995678"),
        ("7995678", None),
        ("INS240315021", None),
        ("D1151122-000123-7", None),
        ("建工路415號", None),
        ("09123456789", None),
    ],
)
def test_phone(read: Read, text: str, phone: str | None) -> None:
    assert read(text).phone == phone


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("我的信箱 a.b-c@mail.example.com.tw 謝謝", "a.b-c@mail.example.com.tw"),
        ("ａ＠ｂ．ｃｏｍ", "a@b.com"),
        ("a@b", None),
    ],
)
def test_email(read: Read, text: str, email: str | None) -> None:
    assert read(text).email == email


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我姓陳", "陳"),
        ("敝姓林先生", "林先生"),
        ("我叫王小明，電話0912345678", "王小明"),
        ("姓名：張大華 電話 0912345678", "張大華"),
        ("林小姐 0912345678", "林小姐"),
        ("my name is Mary Ann Chen", "Mary Ann Chen"),
        ("我先生又打我", None),
        ("櫃台小姐口氣很差", None),
        ("路燈不亮", None),
    ],
)
def test_name(read: Read, text: str, name: str | None) -> None:
    assert read(text).name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王大明", "王大明"),
        ("王大明 0912345678", "王大明"),
        ("0912-345-678 歐陽娜娜", "歐陽娜娜"),
        ("John Smith, 0912345678", "John Smith"),
        ("不用", None),
        ("skip", None),
        ("路燈還是不亮", None),
    ],
)
def test_an_answer_that_is_only_a_name(text: str, name: str | None) -> None:
    assert name_alone(text) == name


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("案件編號INS240315021 現在進度", "INS240315021"),
        ("A-TB-2017-68691", "A-TB-2017-68691"),
        ("a-tb-68691怎麼還沒好", "A-TB-68691"),
        ("B-1234", "B-1234"),
        ("case 1130508-0042?", "1130508-0042"),
        ("d1151122-000123-7", "D1151122-000123-7"),
        ("Ｄ１１５１１２２－０００１２３－７", "D1151122-000123-7"),
        ("D11511220001237", "D11511220001237"),
        ("案號：ZX99881", "ZX99881"),
        ("0912345678", None),
        ("建工路100-1號", None),
    ],
)
def test_case_number(read: Read, text: str, number: str | None) -> None:
    assert read(text).case_number == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7K2M9QXA", "7K2M9QXA"),
        ("7k2m 9qxa", "7K2M9QXA"),
        ("驗證碼 ABCDEFGH", "ABCDEFGH"),
        ("D1151122-000123-7 7K2M9QXA", "7K2M9QXA"),
        ("building", None),
        ("in the building there is water", None),
        ("0912345678", None),
    ],
)
def test_code(read: Read, text: str, code: str | None) -> None:
    assert read(text).code == code


@pytest.mark.parametrize(
    "text",
    [
        "要帶什麼證件",
        "請問要錢嗎",
        "法律諮詢在哪裡",
        "how much is it",
        "幾點開門？",
        "可不可以線上辦",
        "按怎申請",
        "你們幾點下班呢",
    ],
)
def test_questions(text: str) -> None:
    assert looks_like_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "在建工路100號",
        "可以請人來收嗎",
        "可以派人來修嗎",
        "0912345678",
        "王大明",
        "三民區",
        "路燈壞三天了",
        "",
        "Jiangong Road",
    ],
)
def test_answers_and_requests_are_no_questions(text: str) -> None:
    assert not looks_like_question(text)


@pytest.mark.parametrize("text", ["對", "是的", "好啊", "沒錯！", "確認送出", "OK", "Yes.", "無毋著", "嗯"])
def test_yes(text: str) -> None:
    assert is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize("text", ["不對", "不是", "錯", "毋是", "No", "不要啦"])
def test_no(text: str) -> None:
    assert is_no(text)
    assert not is_yes(text)


@pytest.mark.parametrize("text", ["取消", "算了", "不報了", "cancel", "never mind", "取消！"])
def test_cancel(text: str) -> None:
    assert is_cancel(text)


@pytest.mark.parametrize("text", ["對面有坑洞", "取消交通管制", "不亮", "好幾盞燈壞了", "是路燈壞掉"])
def test_longer_words_are_not_yes_no_or_cancel(text: str) -> None:
    assert not (is_yes(text) or is_no(text) or is_cancel(text))


def test_control_characters_are_cut() -> None:
    assert clean("路\x00燈\u200b壞\r\n了\ud800 ") == "路燈壞  了"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    draft = say(new_draft("dispatch"), "我" + text)
    assert draft.asking in {"item", "place", "district", "description", "contact"}
