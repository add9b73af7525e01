"""Endpoints of units, and the events written for them. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State, Transport
from gateway.outbox.service import Outbox
from gateway.outbox.webhooks.errors import EndpointNotActive, EndpointNotFound
from gateway.outbox.webhooks.models import WebhookEndpoint
from gateway.outbox.webhooks.rules import GRACE, TEST, EndpointState, Topic, new_secret

_RECIPIENT = "endpoint:"


class Seals(Protocol):
    """Seals what must be read again."""

    def sealed(self, secret: str, bound_to: str) -> str:
        """The secret, readable only for the same `bound_to`."""


@dataclass(frozen=True)
class By:
    """Who of the staff does it."""

    actor: str
    role: str


@dataclass(frozen=True)
class Standing:
    """How deliveries to one endpoint go."""

    waiting: int = 0
    failed: int = 0
    last_sent_at: datetime | None = None


class Webhooks:
    """The endpoints: entered, given another secret, paused, tried and removed, each act audited."""

    def __init__(self, outbox: Outbox, trail: AuditTrail, seal: Seals) -> None:
        self._outbox = outbox
        self._trail = trail
        self._seal = seal

    def add(
        self, session: Session, *, unit: str, url: str, topics: Collection[Topic], by: By, now: datetime
    ) -> tuple[int, str]:
        """Enter an endpoint whose address was looked at; its id and its secret, which is shown this once."""
        secret = new_secret()
        chosen = [one.value for one in Topic if one in topics]
        endpoint = WebhookEndpoint(
            unit=unit, url=url, topics=chosen, state=EndpointState.ACTIVE.value, state_since=now,
            sealed_secret="", created_by=by.actor, created_at=now,
        )  # fmt: skip
        session.add(endpoint)
        session.flush()
        endpoint.sealed_secret = self._seal.sealed(secret, bound_to(endpoint.id))
        self._note(session, endpoint, "add", by, now, url=url, topics=endpoint.topics)
        return endpoint.id, secret

    def rotate(self, session: Session, endpoint_id: int, by: By, now: datetime) -> str:
        """Another secret; the one before signs too for GRACE. Raises EndpointNotFound."""
        endpoint, secret = _locked(session, endpoint_id), new_secret()
        endpoint.sealed_old_secret, endpoint.old_secret_until = endpoint.sealed_secret, now + GRACE
        endpoint.sealed_secret = self._seal.sealed(secret, bound_to(endpoint.id))
        self._note(session, endpoint, "rotate", by, now)
        return secret

    def pause(self, session: Session, endpoint_id: int, by: By, now: datetime) -> None:
        """Tell it nothing any more; what waits for it is taken back. Raises EndpointNotFound."""
        endpoint = _locked(session, endpoint_id)
        if EndpointState(endpoint.state) is EndpointState.ACTIVE:
            switch_off(session, endpoint, EndpointState.PAUSED, now)
            self._note(session, endpoint, "pause", by, now)

    def resume(self, session: Session, endpoint_id: int, by: By, now: datetime) -> None:
        """Tell it what happens from now on. Raises EndpointNotFound."""
        endpoint = _locked(session, endpoint_id)
        if EndpointState(endpoint.state) is not EndpointState.ACTIVE:
            endpoint.state, endpoint.state_since = EndpointState.ACTIVE.value, now
            self._note(session, endpoint, "resume", by, now)

    def remove(self, session: Session, endpoint_id: int, by: By, now: datetime) -> None:
        """Forget it and its secrets; what waits for it is taken back. Raises EndpointNotFound."""
        endpoint = _locked(session, endpoint_id)
        switch_off(session, endpoint, EndpointState.PAUSED, now)
        self._note(session, endpoint, "remove", by, now)
        session.delete(endpoint)

    def test(self, session: Session, endpoint_id: int, by: By, now: datetime) -> None:
        """Send it an event without a case. Raises EndpointNotFound and EndpointNotActive."""
        endpoint = _locked(session, endpoint_id)
        if EndpointState(endpoint.state) is not EndpointState.ACTIVE:
            raise EndpointNotActive(str(endpoint_id))
        key = f"test:{now.isoformat()}"
        put_event(session, self._outbox, endpoint, key, TEST, {"unit": endpoint.unit}, None, now)
        self._note(session, endpoint, "test", by, now)

    def _note(
        self, session: Session, endpoint: WebhookEndpoint, act: str, by: By, now: datetime, **more: Any
    ) -> None:
        self._trail.append(
            session, act=f"webhook.{act}", actor=by.actor, role=by.role, subject=f"webhook:{endpoint.id}",
            detail={"unit": endpoint.unit, **more}, at=now,
        )  # fmt: skip


def put_event(
    session: Session,
    outbox: Outbox,
    endpoint: WebhookEndpoint,
    cause: str,
    topic: str,
    data: dict[str, Any],
    subject: str | None,
    now: datetime,
) -> None:
    """Write one event for one endpoint, once for each `cause`; those of an endpoint arrive in order."""
    outbox.put(
        session,
        key=f"webhook:{endpoint.id}:{cause}",
        topic=topic,
        transport=Transport.WEBHOOK,
        recipient=recipient_of(endpoint.id),
        payload={
            "title": topic,
            "text": topic,
            "event": {"type": topic, "timestamp": now.isoformat(), "data": data},
        },
        subject=subject,
        ordering=f"webhook:{endpoint.id}",
        now=now,
    )


def listening(session: Session) -> Sequence[WebhookEndpoint]:
    """Every endpoint that is told events."""
    active = select(WebhookEndpoint).where(WebhookEndpoint.state == EndpointState.ACTIVE)
    return session.scalars(active.order_by(WebhookEndpoint.id)).all()


def endpoints(session: Session) -> Sequence[WebhookEndpoint]:
    """All endpoints by unit."""
    return session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.unit, WebhookEndpoint.id)).all()


def standings(session: Session) -> dict[int, Standing]:
    """How deliveries go, by endpoint."""
    counted = session.execute(
        select(OutboxMessage.recipient, OutboxMessage.state, func.count(), func.max(OutboxMessage.sent_at))
        .where(OutboxMessage.transport == Transport.WEBHOOK)
        .group_by(OutboxMessage.recipient, OutboxMessage.state)
    )
    found: dict[int, dict[str, Any]] = {}
    for recipient, state, count, sent in counted:
        row = found.setdefault(int(recipient.removeprefix(_RECIPIENT)), {})
        if state == State.SENT:
            row["last_sent_at"] = sent
        elif state in {State.PENDING, State.FAILED}:
            row["waiting" if state == State.PENDING else "failed"] = count
    return {endpoint_id: Standing(**row) for endpoint_id, row in found.items()}


def endpoint_of(session: Session, recipient: str) -> WebhookEndpoint | None:
    """The endpoint behind a letter's recipient; None once it was removed."""
    number = recipient.removeprefix(_RECIPIENT)
    return session.get(WebhookEndpoint, int(number)) if number.isdecimal() else None


def recipient_of(endpoint_id: int) -> str:
    """How letters name an endpoint."""
    return f"{_RECIPIENT}{endpoint_id}"


def bound_to(endpoint_id: int) -> str:
    """For what the secrets of an endpoint are sealed."""
    return f"webhook:{endpoint_id}"


def switch_off(session: Session, endpoint: WebhookEndpoint, state: EndpointState, now: datetime) -> None:
    """Tell an endpoint nothing any more, and take back what waits for it."""
    endpoint.state, endpoint.state_since = state.value, now
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.transport == Transport.WEBHOOK,
            OutboxMessage.recipient == recipient_of(endpoint.id),
            OutboxMessage.state == State.PENDING,
            OutboxMessage.leased_until.is_(None),
        )
        .values(state=State.CANCELLED.value, next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )


def _locked(session: Session, endpoint_id: int) -> WebhookEndpoint:
    endpoint = session.get(WebhookEndpoint, endpoint_id, with_for_update=True)
    if endpoint is None:
        raise EndpointNotFound(str(endpoint_id))
    return endpoint
