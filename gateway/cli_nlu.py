"""`wanshitong nlu …`: what the trained model makes of citizens' words, without a running platform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gateway.cli_eval import deliver, report_options
from gateway.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def nlu() -> None:
    """Understanding."""


@nlu.command()
@click.argument("text", required=False)
@click.option("--batch", type=_FILE, help="JSON lines with q.")
@click.pass_obj
def parse(settings: Settings, text: str | None, batch: Path | None) -> None:
    """Intent, confidence and slots of TEXT or of every line of a file, as JSON lines."""
    if (text is None) == (batch is None):
        raise click.UsageError("give TEXT or --batch FILE")
    from gateway.understanding.parsing import understand
    from knowledge_base.evaluation import read_questions

    texts = [text or ""] if batch is None else [one.q for one in read_questions(batch, labelled=False)]
    for found in understand(settings, texts):
        out: dict[str, Any] = {
            "q": found.q,
            "intent": found.intent,
            "confidence": round(found.confidence, 4),
            "slots": found.slots,
        }
        click.echo(json.dumps(out, ensure_ascii=False))


@nlu.command("eval")
@click.argument("messages", type=_FILE)
@click.option("--ordinary", type=_FILE, help='JSON lines {"q": "…"} that are no emergency.')
@report_options
@click.pass_obj
def eval_(
    settings: Settings,
    *,
    messages: Path,
    ordinary: Path | None,
    as_json: bool,
    html: Path | None,
    save: Path | None,
    against: Path | None,
) -> None:
    """Measure on JSON lines {"q": "…", "intent": "…", "slots": {"district", "location", "item"}}."""
    from gateway.cases.catalogue import Catalogue
    from gateway.cases.masking import masked
    from gateway.places.service import Places
    from gateway.understanding.document import document
    from gateway.understanding.figures import evaluate
    from gateway.understanding.judging import judge
    from gateway.understanding.messages import read_messages
    from gateway.understanding.parsing import understand
    from knowledge_base.evaluation import read_questions

    labelled = read_messages(messages)
    plain = [one.q for one in read_questions(ordinary, labelled=False)] if ordinary else []
    understood = understand(settings, [*(one.q for one in labelled), *plain])
    judged = judge(labelled, understood[: len(labelled)], Places.load(), Catalogue.load())
    report = evaluate(judged, understood[len(labelled) :], masked)
    read = messages.name if ordinary is None else f"{messages.name}, {ordinary.name}"
    deliver(
        report,
        document(report, read),
        "intents right",
        as_json=as_json,
        html=html,
        save=save,
        against=against,
    )
