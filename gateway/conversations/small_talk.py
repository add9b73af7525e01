"""Which small talk it is. Pure."""

from __future__ import annotations

import re

_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("smalltalk_thanks", re.compile(r"謝|感恩|感謝|多謝|勞力|thank|thx|讚|厲害|幫大忙|good job|great", re.IGNORECASE)),
    ("smalltalk_bye", re.compile(r"掰|再見|拜拜|bye|沒事了|再會|晚安|good night", re.IGNORECASE)),
    ("smalltalk_who", re.compile(r"你是誰|你叫什麼|機器人|真人嗎|你會什麼|你能|可以幫我什麼|who are you|bot\b|robot|"
                                 r"what can you", re.IGNORECASE)),
)  # fmt: skip


def sentence_for(words: str) -> str:
    """The key of the catalogue's sentence that fits; a greeting when nothing else does."""
    return next((key for key, sign in _SIGNS if sign.search(words)), "smalltalk_hello")
