"""`wanshitong mail …`: e-mail that came back."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import BinaryIO

import click
from sqlalchemy.exc import SQLAlchemyError

from gateway.database import Database, migrate
from gateway.errors import Unavailable
from gateway.outbox.bounces import read_bounces
from gateway.outbox.returns import Returned, take_back
from gateway.settings import Settings

TRY_AGAIN = 75
"""What mail servers take as «keep it and hand it in again later» (EX_TEMPFAIL)."""


@click.group()
def mail() -> None:
    """E-mail that came back."""


@mail.command()
@click.argument("source", type=click.File("rb"), default="-")
@click.pass_obj
def bounce(settings: Settings, source: BinaryIO) -> None:
    """Take in a delivery status notification (RFC 3464) from a file or standard input.

    The letter that it is about is marked as bounced, and an address where nobody is gets no more. What is
    no such notification ends with status 1 and changes nothing; while the database is away the status is 75.
    """
    found = read_bounces(source.read())
    database = Database(settings.database)
    try:
        migrate.require_current(database)
        with database.write() as session:
            returned = take_back(session, found, datetime.now(UTC))
    except (SQLAlchemyError, Unavailable) as error:
        click.echo(f"unavailable: {error}", err=True)
        sys.exit(TRY_AGAIN)
    finally:
        database.close()
    for one in returned:
        click.echo(_sentence(one))


def _sentence(one: Returned) -> str:
    if one.message is None:
        return "no letter of this platform"
    about = f"letter {one.message}" + (f" of {one.subject}" if one.subject else "")
    if not one.marked:
        return f"{about}: nothing new"
    return f"{about}: bounced" + (", and its address gets no more" if one.dead else "")
