"""Rules that the training data keeps."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from gateway.settings import PROJECT_ROOT
from tests.nlu.sentences import DATA, blocks, patterns, read, sentences

LEADING = {
    "ask_faq",
    "report_dispatch",
    "file_petition",
    "report_public_works",
    "query_case",
    "request_human",
    "emergency",
    "legal_consultation",
}
OTHERS = {"smalltalk", "affirm", "deny", "cancel", "correct", "out_of_scope"}
WITHOUT_EXAMPLES = {"choose", "share_location"}
ENTITIES = {"district", "phone", "email", "case_number", "date"}


def plain(text: str) -> str:
    """The same for two sentences that differ in nothing a reader would call different."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(character for character in folded if character.isalnum())


def test_the_intents_are_those_of_the_domain() -> None:
    named = {
        intent for path in (PROJECT_ROOT / "bot" / "domain").glob("*.yml") for intent in intents_of(path)
    }
    assert {sentence.intent for sentence in sentences()} == LEADING | OTHERS == named - WITHOUT_EXAMPLES


def intents_of(path: Path) -> list[str]:
    """The intents that one domain file names."""
    return [
        next(iter(intent)) if isinstance(intent, dict) else intent for intent in read(path).get("intents", [])
    ]


@pytest.mark.parametrize("intent", sorted(LEADING | OTHERS))
def test_an_intent_has_enough_examples(intent: str) -> None:
    count = sum(sentence.intent == intent for sentence in sentences())
    assert count >= (100 if intent in LEADING else 25)


def test_no_sentence_stands_twice_or_under_two_intents() -> None:
    # Signs alone ("???") have no plain form; they are told apart as they are.
    counts = Counter(plain(sentence.text) or sentence.text for sentence in sentences())
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_sentence_is_only_white_space_or_a_stray_mark() -> None:
    assert [s for s in sentences() if not s.text.strip() or re.search(r"\]\(|^-", s.text)] == []


@pytest.mark.parametrize("intent", sorted(LEADING))
def test_foreigners_are_understood_too(intent: str) -> None:
    texts = [sentence.text for sentence in sentences() if sentence.intent == intent]
    english = [text for text in texts if re.fullmatch(r"[\x00-\x7f]+", text) and " " in text]
    assert len(english) >= max(5, len(texts) * 0.04)


@pytest.mark.parametrize("intent", sorted(LEADING))
def test_taiwanese_is_understood_too(intent: str) -> None:
    texts = [sentence.text for sentence in sentences() if sentence.intent == intent]
    words = re.compile("欲|佗位|毋|攏|阮|袂|敢有|矣|佇|予人|按怎|揣")
    assert sum(bool(words.search(text)) for text in texts) >= 5


def test_every_entity_is_marked_somewhere() -> None:
    # Rasa's extractor leaves out a lookup or pattern whose name is marked in no example.
    marked = {entity for sentence in sentences() for entity in sentence.entities}
    assert marked == ENTITIES


def test_the_district_lookup_names_every_district() -> None:
    (lookup,) = blocks("lookup")
    full = [line for line in lookup["lines"] if line.endswith("區")]
    assert lookup["name"] == "district"
    assert len(full) == len(set(full)) == 38
    short = {name.removesuffix("區") for name in full} - {"大樹"}
    assert short <= set(lookup["lines"])
    assert "大樹" not in lookup["lines"], "大樹倒了 is a tree"
    assert {"Cijin", "Qijin", "Nanzih", "Nanzi"} <= set(lookup["lines"])


def test_a_full_name_stands_before_its_short_form() -> None:
    (lookup,) = blocks("lookup")
    order = {line: place for place, line in enumerate(lookup["lines"])}
    for line in lookup["lines"]:
        for longer in (f"{line}區", f"{line} District"):
            assert order.get(longer, -1) < order[line]


@pytest.mark.parametrize(
    ("entity", "text", "value"),
    [
        ("case_number", "案號INS240315021現在到哪", "INS240315021"),
        ("case_number", "A-TB-2017-68691", "A-TB-2017-68691"),
        ("case_number", "查a-zw-2023-068691", "a-zw-2023-068691"),
        ("case_number", "市長信箱B-1234回了嗎", "B-1234"),
        ("case_number", "1130508-0042", "1130508-0042"),
        ("case_number", "我的案號D1151122-000123-7謝謝", "D1151122-000123-7"),
        ("phone", "打0912345678給我", "0912345678"),
        ("phone", "0912-345-678", "0912-345-678"),
        ("phone", "公司07-3368333分機2345", "07-3368333分機2345"),
        ("phone", "+886 912 345 678", "+886 912 345 678"),
        ("email", "寄到chen.mei@example.com.tw喔", "chen.mei@example.com.tw"),
        ("date", "民國113年5月8日報的", "民國113年5月8日"),
        ("date", "113/5/8那天", "113/5/8"),
        ("date", "3月5日早上", "3月5日"),
        ("date", "上禮拜三去的", "上禮拜三"),
        ("date", "昨天", "昨天"),
    ],
)
def test_a_pattern_finds_its_entity(entity: str, text: str, value: str) -> None:
    assert [m.group() for pattern in patterns(entity) for m in pattern.finditer(text)] == [value]


@pytest.mark.parametrize(
    "text", ["D1151122-000123-7", "INS240315021", "1130508-0042", "路燈編號12345", "1999"]
)
def test_a_case_number_is_not_a_telephone_number(text: str) -> None:
    assert not any(pattern.search(text) for pattern in patterns("phone"))


@pytest.mark.parametrize("text", ["VITAMIN-B-12", "07-3368333", "0912345678", "1999", "AB-1234"])
def test_other_numbers_are_no_case_numbers(text: str) -> None:
    assert not any(pattern.search(text) for pattern in patterns("case_number"))


def test_signs_are_one_sound_pattern_each() -> None:
    signs = [block for block in blocks("regex") if block["file"] == "signs.yml"]
    assert len({block["name"] for block in signs}) == len(signs) > 20
    for block in signs:
        assert block["name"].startswith("sign_")
        assert len(block["lines"]) == 1
        # A pattern that matches nothing at all would be a sign of every message.
        assert re.compile(block["lines"][0]).search("") is None


def test_every_sign_is_seen_in_training() -> None:
    texts = [sentence.text for sentence in sentences()]
    for block in blocks("regex"):
        if block["file"] == "signs.yml":
            (pattern,) = patterns(block["name"])
            seen = sum(bool(pattern.search(text)) for text in texts)
            assert 3 <= seen < len(texts) / 2, block["name"]


def test_the_classifier_reads_the_featurizers_that_the_pipeline_has() -> None:
    pipeline = read(PROJECT_ROOT / "config.yml")["pipeline"]
    aliases = [component["alias"] for component in pipeline if "alias" in component]
    assert sorted(aliases) == ["grams", "signs"]
    assert sum("LinearIntentClassifier" in component["name"] for component in pipeline) == 1


@pytest.mark.parametrize("name", ["own_messages.jsonl", "ordinary_questions.jsonl"])
def test_no_sentence_is_taken_from_our_own_measure(name: str) -> None:
    assert_none_taken_from(Path(__file__).with_name(name))


@pytest.mark.city_data
@pytest.mark.parametrize("name", ["dev_intents.jsonl", "dev_faq.jsonl", "dev_oos.jsonl"])
def test_no_sentence_is_taken_from_what_measures_us(name: str, city_data: Path) -> None:
    assert_none_taken_from(city_data / "eval" / name)


def assert_none_taken_from(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    measured = {plain(json.loads(line)["q"]) for line in lines}
    # A greeting of a word or two is anybody's.
    ours = {plain(sentence.text) for sentence in sentences() if len(plain(sentence.text)) > 4}
    assert ours & measured == set()


def test_the_files_say_their_format() -> None:
    assert {read(path)["version"] for path in DATA.glob("*.yml")} == {"3.1"}
