"""`wanshitong kb …`: the knowledge base from the command line, without a running platform."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click

from gateway.cases.masking import masked
from gateway.cli_eval import deliver, report_options
from gateway.errors import PlatformError
from gateway.settings import Settings
from knowledge_base.calibration import calibrate
from knowledge_base.encoder import load_encoder
from knowledge_base.evaluation import evaluate, read_questions
from knowledge_base.evaluation.document import document
from knowledge_base.faq_files import shipped_entries
from knowledge_base.importers import ImportReport, import_file, imported_entries
from knowledge_base.links import LinksReport, mark_links
from knowledge_base.readers import FORMATS, Format
from knowledge_base.service import Hit, KnowledgeBase, SearchResult
from knowledge_base.storage import knowledge_folder
from knowledge_base.tuning import local_path, write
from knowledge_base.vector_cache import VectorCache

_BATCH_DEPTH = 10
_BAD_INPUT = 1
_SHOWN_REJECTIONS = 20

P = ParamSpec("P")

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _plain_errors(act: Callable[P, None]) -> Callable[P, None]:
    """Bad input is one line on stderr and exit code 1, never a traceback."""

    @wraps(act)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except PlatformError as error:
            message = f"{error.en} ({error.detail})" if error.detail else error.en
            click.echo(f"wanshitong kb: {' '.join(message.split())}", err=True)
            sys.exit(_BAD_INPUT)

    return wrapped


@click.group("kb", help="Search and maintain the city's FAQ.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder (default: WST_DATA_DIR).",
)
@click.pass_context
def kb(context: click.Context, data_dir: Path | None) -> None:
    """Attach the settings of this run: the root command's, with this group's data folder if given."""
    settings = context.obj if isinstance(context.obj, Settings) else Settings()
    context.obj = settings if data_dir is None else settings.model_copy(update={"data_dir": data_dir})


@kb.command(
    "import", help="Take a FAQ file (JSON, JSONL, CSV, XLSX, ODS, YAML) in under the name of its source."
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Name of the source, e.g. kcg.")
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="Default: by the file's suffix.")
@click.option("--replace", is_flag=True, help="Drop entries of the source that the file no longer has.")
@_json_option
@click.pass_obj
@_plain_errors
def import_(
    settings: Settings, *, file: Path, source: str, file_format: Format | None, replace: bool, as_json: bool
) -> None:
    """Import a file and report on its rows."""
    report = import_file(file, source, settings.data_dir, file_format, replace)
    _show(dataclasses.asdict(report) if as_json else None, lambda: _import_lines(report))


@kb.command("links", help="Mark official addresses as dead or alive by your checker's CSV of url,status.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_json_option
@click.pass_obj
@_plain_errors
def links(settings: Settings, file: Path, as_json: bool) -> None:
    """Mark links; no request is made."""
    named = {entry.source_url for entry in (*imported_entries(settings.data_dir), *shipped_entries())}
    report = mark_links(file, settings.data_dir, named)
    _show(dataclasses.asdict(report) if as_json else None, lambda: _links_lines(report))


@kb.command("build", help="Build the search index anew and make it the current one.")
@_json_option
@click.pass_obj
@_plain_errors
def build(settings: Settings, as_json: bool) -> None:
    """Build whether or not the present index is fresh."""
    status = KnowledgeBase.rebuild(settings).status()
    _show(status if as_json else None, lambda: [f"{name}: {value}" for name, value in status.items()])


@kb.command("calibrate", help="Fit order and decisions anew for this model and this FAQ (minutes).")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write; default: the data folder, where this run and later ones find it.",
)
@click.pass_obj
@_plain_errors
def calibrate_(settings: Settings, out: Path | None) -> None:
    """Fit on the phrasings of every entry and on the labelled questions that ship."""
    snapshot = KnowledgeBase.open(settings).snapshot
    encoder = VectorCache(load_encoder(settings), knowledge_folder(settings.data_dir))
    tuning = calibrate(snapshot.corpus.topics, encoder)
    path = out or local_path(settings.data_dir)
    write(tuning, path)
    click.echo(f"fitted for {tuning.model} on {len(snapshot.corpus.topics)} topics: {path}")


@kb.command("search", help="Search for TEXT, or for every line of a batch file.")
@click.argument("text", required=False)
@click.option("-k", "count", type=click.IntRange(1, 100), default=_BATCH_DEPTH, show_default=True)
@click.option("--language", type=click.Choice(["zh-TW", "en"]), default="zh-TW", show_default=True)
@click.option(
    "--batch",
    type=click.Path(dir_okay=False, path_type=Path),
    help='JSON lines {"q": "…"} in, JSON lines out, in the same order.',
)
@_json_option
@click.pass_obj
@_plain_errors
def search(
    settings: Settings,
    *,
    text: str | None,
    count: int,
    language: Any,
    batch: Path | None,
    as_json: bool,
) -> None:
    """Search once or for a batch; a batch is always at least ten results deep."""
    if (text is None) == (batch is None):
        raise click.UsageError("give either TEXT or --batch FILE")
    if batch is not None:
        questions = read_questions(batch, labelled=False)
        knowledge = KnowledgeBase.open(settings)
        for question in questions:
            result = knowledge.search(question.q, max(count, _BATCH_DEPTH), language)
            click.echo(_line(_batch_row(question.q, result)))
        return
    asked = text or ""
    result = KnowledgeBase.open(settings).search(asked, count, language)
    found = {"q": asked, "decision": result.decision, "results": [_full(hit) for hit in result.hits]}
    _show(found if as_json else None, lambda: _search_lines(result))


@kb.command("eval", help='Measure on JSON lines {"q": "…", "ids": ["…"]}, or "source_urls" instead of ids.')
@click.argument("questions", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--oos",
    type=click.Path(dir_okay=False, path_type=Path),
    help='JSON lines {"q": "…"} that must not be answered.',
)
@report_options
@click.pass_obj
@_plain_errors
def eval_(
    settings: Settings,
    *,
    questions: Path,
    oos: Path | None,
    as_json: bool,
    html: Path | None,
    save: Path | None,
    against: Path | None,
) -> None:
    """Recall, decisions, reliability and the worst misses, with targets and intervals."""
    inside = read_questions(questions, labelled=True)
    outside = read_questions(oos, labelled=False) if oos is not None else []
    knowledge = KnowledgeBase.open(settings)
    report = evaluate(
        lambda text: knowledge.search(text, _BATCH_DEPTH), inside, outside, knowledge.entry_at, masked
    )
    asked = questions.name if oos is None else f"{questions.name}, {oos.name}"
    deliver(
        report,
        document(report, asked),
        "recall at 1",
        as_json=as_json,
        html=html,
        save=save,
        against=against,
    )


def _show(content: dict[str, Any] | None, lines: Callable[[], list[str]]) -> None:
    click.echo(_line(content) if content is not None else "\n".join(lines()))


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, default=str)


def _batch_row(question: str, result: SearchResult) -> dict[str, Any]:
    results = [
        {"id": hit.id, "question": hit.question, "score": round(hit.score, 6), "source_url": hit.source_url}
        for hit in result.hits
    ]
    return {"q": question, "decision": result.decision, "results": results}


def _full(hit: Hit) -> dict[str, Any]:
    return {**dataclasses.asdict(hit), "score": round(hit.score, 6)}


def _import_lines(report: ImportReport) -> list[str]:
    counts = f"added {report.added}, changed {report.changed}, unchanged {report.unchanged}"
    lines = [f"{report.source}: {counts}, removed {report.removed}, rejected {len(report.rejected)}"]
    lines += [f"  row {row.row}: {row.reason}" for row in report.rejected[:_SHOWN_REJECTIONS]]
    if len(report.rejected) > _SHOWN_REJECTIONS:
        lines.append(f"  … and {len(report.rejected) - _SHOWN_REJECTIONS} more (--json lists all)")
    return lines


def _links_lines(report: LinksReport) -> list[str]:
    counts = f"dead {report.dead} (of no entry: {report.unknown}), alive {report.alive}"
    lines = [f"{counts}, rejected {len(report.rejected)}"]
    lines += [f"  line {line}: {reason}" for line, reason in report.rejected[:_SHOWN_REJECTIONS]]
    return lines


def _search_lines(result: SearchResult) -> list[str]:
    hits = [
        f"{place:3d}. {hit.score:.3f}  {hit.question}  [{hit.id}] {hit.source_url}"
        for place, hit in enumerate(result.hits, start=1)
    ]
    return [f"decision: {result.decision}", *hits]


if __name__ == "__main__":
    kb()
