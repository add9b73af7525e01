"""`wanshitong …`: everything that is done at a terminal."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Final

import click
from pydantic import ValidationError

from gateway.errors import PlatformError, Unavailable
from gateway.logging import configure_logging
from gateway.settings import Settings


class Rooms(click.Group):
    """Commands of rooms that are imported only when one of theirs is called: a model takes seconds."""

    rooms: Final = {
        "audit": ("gateway.cli_audit", "The audit trail: proof that nothing was changed."),
        "cases": ("gateway.cli_cases", "Cases that come from elsewhere."),
        "catalogue": ("gateway.cli_catalogue", "Service items: versions, import and export."),
        "deadline": ("gateway.cli_deadline", "Due times and how they come about."),
        "figures": ("gateway.cli_figures", "Figures from outside, for the city's report."),
        "kb": ("gateway.cli_kb", "The FAQ: import, index, search, evaluation."),
        "line": ("gateway.cli_line", "LINE: the menu under the chat, and whether all is set up."),
        "mail": ("gateway.cli_mail", "E-mail that came back."),
        "nlu": ("gateway.cli_nlu", "What the model makes of citizens' words."),
        "report": ("gateway.cli_report", "Reports: the city's half-year report."),
        "users": ("gateway.cli_users", "Accounts of the staff, their roles and tokens."),
        "worker": ("gateway.cli_worker", "Delivering what leaves the house, beside the gateway."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *self.rooms})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; a room's is imported now."""
        if cmd_name not in self.rooms:
            return super().get_command(ctx, cmd_name)
        room: click.Command = getattr(import_module(self.rooms[cmd_name][0]), cmd_name)
        return room

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, which imports nothing."""
        own = {name: command.get_short_help_str(80) for name, command in self.commands.items()}
        rows = sorted({**own, **{name: text for name, (_, text) in self.rooms.items()}}.items())
        with formatter.section("Commands"):
            formatter.write_dl(rows)


_SWITCH_SECONDS = 0.0005
"""A tenth of Python's own: so long a thread keeps the lock that others wait for."""


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where this run keeps its data.")
@click.pass_context
def root(ctx: click.Context, data_dir: Path | None) -> None:
    """萬事通 1999."""
    ctx.obj = Settings() if data_dir is None else Settings(data_dir=data_dir)


@root.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Start Rasa and the gateway under one runner."""
    from gateway.supervise import run_platform

    sys.exit(run_platform(settings))


@root.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Start the gateway alone, or one of several (WST_WORKERS)."""
    import uvicorn

    from gateway.app import create_app
    from gateway.channels.sockets import FRAME_MAX_BYTES
    from gateway.runner.preflight import check_data_dir, check_workers, shared_socket
    from gateway.supervise import bring_up_to_date, tell_first_password
    from knowledge_base.encoder import check_model_folder

    configure_logging(settings)
    check_workers(settings)
    check_data_dir(settings.data_dir)
    check_model_folder(settings)
    bring_up_to_date(settings)
    tell_first_password(settings)
    app = create_app(settings)
    _favour_the_loop()
    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, log_config=None, access_log=False,
        timeout_graceful_shutdown=10, ws_max_size=FRAME_MAX_BYTES, ws_per_message_deflate=False,
        server_header=False,
    )  # fmt: skip
    sockets = [shared_socket(settings.host, settings.port)] if settings.workers > 1 else None
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=sockets)
    if not server.started:
        sys.exit(1)


def _favour_the_loop() -> None:
    """Every socket is told by one thread, which waits for Python's lock whenever another works: not for long,
    and not while all that was loaded at the start is looked through for garbage again and again.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()


@root.group()
def db() -> None:
    """The database's schema."""


@db.command()
@click.argument("revision", default="head")
@click.pass_obj
def upgrade(settings: Settings, revision: str) -> None:
    """Bring the schema up to REVISION."""
    from gateway.database import Database, migrate
    from gateway.runner.preflight import check_data_dir

    check_data_dir(settings.data_dir)
    with _said_plainly():
        migrate.upgrade(Database(settings.database), revision)


@db.command()
@click.argument("revision")
@click.pass_obj
def downgrade(settings: Settings, revision: str) -> None:
    """Take the schema down to REVISION."""
    from gateway.database import Database, migrate

    with _said_plainly():
        migrate.downgrade(Database(settings.database), revision)


@contextmanager
def _said_plainly() -> Iterator[None]:
    from alembic.util.exc import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (CommandError, SQLAlchemyError) as error:
        raise Unavailable(" ".join(str(error).split())[:300]) from error


def main() -> None:
    """The console script. Expected errors end in one line and status 1."""
    try:
        root(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        for problem in error.errors(include_input=False):
            name = "_".join(map(str, problem["loc"])).upper()
            click.echo(f"wanshitong: the setting WST_{name} cannot be used: {problem['msg']}", err=True)
        sys.exit(1)
    except PlatformError as error:
        click.echo(f"{error.code}: {error.detail or error.en}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
