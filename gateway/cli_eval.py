"""What `kb eval` and `nlu eval` have in common: the report as text, JSON, page, and beside another run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.measures.comparison import compare, parts, read_run
from gateway.measures.document import Document, text
from gateway.measures.page import page

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)


def report_options(command: Command) -> Command:
    """The options that say where the report goes."""
    for option in (
        click.option("--against", type=_FILE, help="Compare with a run that --save kept."),
        click.option("--save", type=_FILE, help="Keep the run as JSON, to compare with later."),
        click.option("--report", "html", type=_FILE, help="Write the report with plots as one HTML file."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    ):
        command = option(command)
    return command


def deliver(
    report: dict[str, Any],
    document: Document,
    measured: str,
    *,
    as_json: bool,
    html: Path | None,
    save: Path | None,
    against: Path | None,
) -> None:
    """Print the report and write the files that were asked for; `measured` says what a right case is.

    Raises RunUnusable where `against` is no run of this kind; then nothing is printed or written.
    """
    shown = report
    if against is not None:
        comparison = compare(read_run(against, report["kind"]), report)
        shown = {**report, "against": comparison}
        # The comparison is what was asked for: it comes before the lists of misses.
        document = replace(document, parts=(*parts(comparison, measured), *document.parts))
    if save is not None:
        _write(save, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    if html is not None:
        _write(html, page(document))
    click.echo(json.dumps(shown, ensure_ascii=False) if as_json else text(document))


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error
