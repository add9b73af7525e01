"""`wanshitong audit …`: proving that the trail was not touched."""

from __future__ import annotations

import json
import sys

import click

from gateway.settings import Settings


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.option("--expect", metavar="SEQ:HASH", help="An end of the trail that was noted down before.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.pass_obj
def verify(settings: Settings, expect: str | None, as_json: bool) -> None:
    """Find every edit and every deletion in the trail and in the events of cases; status 1 if there is one.

    Print the end of the trail. Noted down elsewhere and given back with --expect, it also shows when
    the whole database was put back to an older state.
    """
    from gateway.audit.models import AuditEntry
    from gateway.audit.service import AuditTrail, Fault
    from gateway.cases.proving import event_faults
    from gateway.database import Database, migrate

    database = Database(settings.database)
    migrate.require_current(database)
    trail = AuditTrail(settings.signing_key())
    with database.snapshot() as session:
        faults = [*trail.faults(session), *event_faults(session, trail)]
        head = trail.head(session)
        if expect is not None:
            seq, _, hashed = expect.partition(":")
            entry = session.get(AuditEntry, int(seq)) if seq.isdigit() else None
            if entry is None or entry.hash != hashed:
                faults.append(
                    Fault(int(seq) if seq.isdigit() else 0, "the expected entry is not in the trail")
                )
    database.close()
    if as_json:
        rows = [{"seq": fault.seq, "problem": fault.problem} for fault in faults]
        click.echo(json.dumps({"entries": head[0], "head": f"{head[0]}:{head[1]}", "faults": rows}))
    else:
        for fault in faults:
            click.echo(f"entry {fault.seq}: {fault.problem}", err=True)
        click.echo(f"{head[0]} entries, {len(faults)} faults; end of the trail {head[0]}:{head[1]}")
    sys.exit(1 if faults else 0)
