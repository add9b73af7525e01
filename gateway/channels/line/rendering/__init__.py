"""What the platform says, as messages of LINE. Pure: no clock, no database, no network.

`rendered` turns messages of a conversation into objects of the official SDK, `letter` a letter of the
outbox, `calls` groups them as LINE takes them, and `place_of` reads what a button sends back
whose option was too long for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from linebot.v3.messaging import Message

from gateway.channels.line.rendering.buttons import merged, place_of
from gateway.channels.line.rendering.kinds import BY_KIND, case, spoken
from gateway.channels.line.rendering.letters import FileLink, file, letter
from gateway.channels.line.rendering.rules import MESSAGES_MAX
from gateway.conversations.rules import Kind, Sender
from gateway.conversations.transcript import MessageView

__all__ = ["FileLink", "calls", "letter", "place_of", "rendered"]


def rendered(
    messages: Sequence[MessageView],
    language: str,
    base_url: str | None,
    file_link: FileLink | None = None,
) -> list[Message]:
    """What a citizen is told of these messages in `language`, in order; their own are left out.

    `base_url` is where citizens reach the web pages; buttons lead there only when it is https. `file_link`
    gives a file of the staff an address that opens without signing in.
    """
    told: list[Message] = []
    for one in messages:
        if one.sender == Sender.CITIZEN:
            continue
        if one.kind == Kind.CASE:
            told += case(one, language, base_url)
        elif one.kind == Kind.FILE:
            told += file(one, language, file_link)
        else:
            told += BY_KIND.get(one.kind, spoken)(one, language)
    return told


def calls(messages: Sequence[Message]) -> list[list[Message]]:
    """The same messages, at most five to a call. Quick replies are shown under the last message of a chat
    only: all of them are moved there, none twice."""
    if not messages:
        return []
    rows = [message.quick_reply for message in messages if message.quick_reply]
    bare = [message.copy(update={"quick_reply": None}) for message in messages]
    bare[-1].quick_reply = merged(rows)
    return [bare[start : start + MESSAGES_MAX] for start in range(0, len(bare), MESSAGES_MAX)]
