"""`wanshitong …`: everything that is done at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from pydantic import ValidationError

from gateway.errors import PlatformError, Unavailable
from gateway.logging import configure_logging
from gateway.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
    """Start the gateway alone."""
    import uvicorn

    from gateway.app import create_app

    configure_logging(settings)
    uvicorn.run(
        create_app(settings), host=settings.host, port=settings.port, log_config=None, access_log=False,
        timeout_graceful_shutdown=10, ws_max_size=65_536, server_header=False,
    )  # fmt: skip


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


def _attach() -> None:
    from gateway.cli_deadline import deadline
    from gateway.cli_kb import kb
    from gateway.cli_nlu import nlu

    for group in (kb, deadline, nlu):
        root.add_command(group)


def main() -> None:
    """The console script. Expected errors end in one line and status 1."""
    _attach()
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
