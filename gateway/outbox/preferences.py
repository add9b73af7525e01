"""Who wants what at which address, and which addresses are dead. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from gateway.database.inserting import insert_into
from gateway.outbox.masking import masked
from gateway.outbox.models import DeadAddress, NoticePreference
from gateway.outbox.rules import REQUIRED, Stopped, address_hash, rule_of

Way = tuple[str, str]
"""A transport and the recipient by it."""


class Preferences:
    """What people have chosen. `group` is one of `Group`; nobody has to have chosen anything."""

    @staticmethod
    def allows(session: Session, transport: str, recipient: str, group: str) -> bool:
        """Whether notices of this group are wanted at this address; True unless somebody said no."""
        return group not in Preferences.refused(session, transport, address_hash(transport, recipient))

    @staticmethod
    def opt_out(session: Session, transport: str, recipient: str, group: str, now: datetime) -> None:
        """No more notices of this group to this address; what is in the queue is withheld, too."""
        Preferences.choose(session, transport, address_hash(transport, recipient), {group: False}, now)

    @staticmethod
    def opt_in(session: Session, transport: str, recipient: str, group: str, now: datetime) -> None:
        """Notices of this group are wanted at this address again."""
        Preferences.choose(session, transport, address_hash(transport, recipient), {group: True}, now)

    @staticmethod
    def refused(session: Session, transport: str, recipient_hash: str) -> set[str]:
        """The groups that are not wanted at an address, which stands here by its hash."""
        return set(
            session.scalars(
                select(NoticePreference.topic_group).where(
                    NoticePreference.transport == str(transport),
                    NoticePreference.recipient_hash == recipient_hash,
                    NoticePreference.wanted.is_(False),
                )
            )
        )

    @staticmethod
    def choose(
        session: Session, transport: str, recipient_hash: str, wanted: Mapping[str, bool], now: datetime
    ) -> None:
        """Note what is wanted at an address, which stands here by its hash; the last word counts."""
        for group, yes in sorted(wanted.items()):
            row = insert_into(session, NoticePreference).values(
                transport=str(transport), recipient_hash=recipient_hash, topic_group=str(group), wanted=yes,
                changed_at=now,
            )  # fmt: skip
            session.execute(
                row.on_conflict_do_update(
                    index_elements=["transport", "recipient_hash", "topic_group"],
                    set_={"wanted": row.excluded.wanted, "changed_at": row.excluded.changed_at},
                )
            )


def stopped(
    session: Session, transport: str, letters: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Stopped]:
    """Which of these letters (topic, recipient) of a transport must not go out, and why.

    What the law requires is not stopped by a choice here: whether another way remains is known only to who
    writes to all of them, see `withheld_of`.
    """
    found: dict[tuple[str, str], Stopped] = {}
    ways = {(transport, recipient) for _, recipient in letters}
    dead, refused = _dead(session, ways), _refused(session, ways)
    for topic, recipient in letters:
        way, group = (transport, recipient), rule_of(topic).group
        if way in dead:
            found[topic, recipient] = Stopped.DEAD_ADDRESS
        elif group is not None and group not in REQUIRED and group in refused.get(way, ()):
            found[topic, recipient] = Stopped.OPTED_OUT
    return found


def withheld_of(session: Session, topic: str, ways: Sequence[Way]) -> dict[Way, Stopped]:
    """By which of a person's ways a message must not go, and why.

    Where every way that is alive was refused, what the law requires goes by all of those all the same.
    """
    if not ways:
        return {}
    group = rule_of(topic).group
    dead, refused = _dead(session, ways), _refused(session, ways)
    found = {way: Stopped.DEAD_ADDRESS for way in ways if way in dead}
    unwanted = [
        way for way in ways if way not in dead and group is not None and group in refused.get(way, ())
    ]
    if group in REQUIRED and len(found) + len(unwanted) == len(set(ways)):
        return found
    return found | dict.fromkeys(unwanted, Stopped.OPTED_OUT)


def note_dead(session: Session, transport: str, recipient: str, reason: str, now: datetime) -> None:
    """Nobody is at this address any more."""
    row = insert_into(session, DeadAddress).values(
        transport=str(transport), recipient_hash=address_hash(transport, recipient),
        shown_as=masked(recipient), reason=reason, noted_at=now,
    )  # fmt: skip
    session.execute(row.on_conflict_do_nothing(index_elements=["transport", "recipient_hash"]))


def revive(session: Session, transport: str, recipient: str) -> bool:
    """Somebody says that the address is good; whether it was taken for dead."""
    gone = delete(DeadAddress).where(
        DeadAddress.transport == str(transport),
        DeadAddress.recipient_hash == address_hash(transport, recipient),
    )
    return bool(session.scalars(gone.returning(DeadAddress.id)).all())


def revive_row(session: Session, dead_id: int) -> str | None:
    """The same for one row of the list; how the address is shown, None where there is none."""
    gone = delete(DeadAddress).where(DeadAddress.id == dead_id).returning(DeadAddress.shown_as)
    return session.scalar(gone)


def dead_addresses(session: Session, limit: int) -> Sequence[DeadAddress]:
    """Addresses taken for dead, the newest first."""
    return session.scalars(
        select(DeadAddress).order_by(DeadAddress.noted_at.desc(), DeadAddress.id.desc()).limit(limit)
    ).all()


def _dead(session: Session, ways: Collection[Way]) -> set[Way]:
    hashed = {way: (str(way[0]), address_hash(*way)) for way in ways}
    key = tuple_(DeadAddress.transport, DeadAddress.recipient_hash)
    rows = session.execute(
        select(DeadAddress.transport, DeadAddress.recipient_hash).where(key.in_(sorted(set(hashed.values()))))
    )
    there = {(row[0], row[1]) for row in rows}
    return {way for way, known in hashed.items() if known in there}


def _refused(session: Session, ways: Collection[Way]) -> dict[Way, set[str]]:
    hashed = {way: (str(way[0]), address_hash(*way)) for way in ways}
    key = tuple_(NoticePreference.transport, NoticePreference.recipient_hash)
    rows = session.execute(
        select(
            NoticePreference.transport, NoticePreference.recipient_hash, NoticePreference.topic_group
        ).where(key.in_(sorted(set(hashed.values()))), NoticePreference.wanted.is_(False))
    )
    by_hash: dict[Way, set[str]] = {}
    for row in rows:
        by_hash.setdefault((row[0], row[1]), set()).add(row[2])
    return {way: by_hash[known] for way, known in hashed.items() if known in by_hash}
