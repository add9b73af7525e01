"""Every dialogue of `talks/`, played by a citizen against the real platform with the real Rasa."""

from __future__ import annotations

import httpx
import pytest

from tests.dialogues.play import Talk, play, talks
from tests.e2e.citizen import Citizen
from tests.platform import Platform

TALKS = talks()
AT_LEAST = 60


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(TALKS) >= AT_LEAST and len({talk.name for talk in TALKS}) == len(TALKS)


@pytest.mark.platform
@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.name)
def test_a_dialogue(platform: Platform, talk: Talk) -> None:
    with httpx.Client(base_url=platform.url, timeout=60) as client:
        play(talk, Citizen(client, talk.language))
