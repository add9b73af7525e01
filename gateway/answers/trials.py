"""Reckoning, aside and in a thread of its own, what publishing would do; and whether that lets it through."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.answers.effect import Search, compare, expected
from gateway.answers.errors import RegressionStops, TrialMissing
from gateway.answers.models import AnswerTrial
from gateway.answers.service import AnswerDesk, Proposal
from gateway.identity.views import Actor
from knowledge_base.calibration import EVALUATION_FOLDER, Labelled, labelled_questions
from knowledge_base.corpus import Topic, corpus_digest, load_corpus, topics
from knowledge_base.hybrid import IndexDamaged
from knowledge_base.index import IndexSource
from knowledge_base.phrasing_files import shipped_phrasings
from knowledge_base.service import KnowledgeBase
from knowledge_base.storage import exclusive, knowledge_folder
from knowledge_base.tuning import local_path

log = structlog.get_logger()
RUNNING, DONE, FAILED = "running", "done", "failed"
GIVEN_UP_AFTER: Final = timedelta(minutes=15)
"""A trial that has run for so long died with its process."""
_DEPTH: Final = 10


@dataclass(frozen=True)
class TrialView:
    """A trial as the page shows it."""

    state: str
    started_at: datetime
    result: Mapping[str, Any]
    """Empty until it is done."""

    @property
    def worse(self) -> Sequence[str]:
        """Names of the figures that would get worse."""
        found: Sequence[str] = self.result.get("worse", ())
        return found


class Trials:
    """The trials of one process. The desk asks here before it publishes."""

    def __init__(self, desk: AnswerDesk, search: KnowledgeBase, evaluation_set: Path | None) -> None:
        self._desk = desk
        self._search = search
        self._folder = evaluation_set
        self._pool = ThreadPoolExecutor(1, "trials")
        desk.gate, desk.take_up = self.check, self.take_up

    def begin(self, proposal: Proposal, by: Actor) -> None:
        """Reckon a proposal, unless that is being done; the result is read with `latest`."""
        now = self._desk.clock()
        with self._desk.database.write() as session:
            known = self._latest(session, proposal)
            if known is not None and known.state == RUNNING and now - known.started_at < GIVEN_UP_AFTER:
                return
            trial = AnswerTrial(
                subject=proposal.subject, digest=proposal.digest, stamp=proposal.stamp, state=RUNNING,
                asked_by=by.name, started_at=now,
            )  # fmt: skip
            session.add(trial)
            session.flush()
            number = trial.id
        self._pool.submit(self._run, number, proposal)

    def latest(self, session: Session, proposal: Proposal) -> TrialView | None:
        """The newest trial of exactly this proposal."""
        found = self._latest(session, proposal)
        if found is None:
            return None
        lost = found.state == RUNNING and self._desk.clock() - found.started_at >= GIVEN_UP_AFTER
        return TrialView(FAILED if lost else found.state, found.started_at, found.result or {})

    def check(self, session: Session, proposal: Proposal, note: str) -> dict[str, Any]:
        """Whether a proposal may be published; what the audit trail is told of its trial.

        Raises TrialMissing or, where a figure would get worse and no reason is given, RegressionStops.
        """
        trial = self.latest(session, proposal)
        if trial is None or trial.state != DONE:
            if proposal.needs_trial or not note:
                raise TrialMissing
            return {"trial": "none"}
        if trial.worse and not note:
            raise RegressionStops(", ".join(trial.worse))
        figures = {name: trial.result[name] for name in ("before", "after")}
        return {**figures, "worse": list(trial.worse)}

    def take_up(self, subject: str) -> None:
        """Write the desk's file, and make the index that the trial built the current one where it fits."""
        with exclusive(knowledge_folder(self._desk.data_dir)):
            self._desk.keep_file()
            built = IndexSource(self._scratch(subject), self._search.source.encoder)
            own = IndexSource(self._desk.data_dir, self._search.source.encoder)
            try:
                corpus = corpus_digest(load_corpus(self._desk.data_dir))
                if own.generations.adopt(built.generations, corpus):
                    log.info("index taken over from its trial", subject=subject)
            except IndexDamaged as error:
                log.warning("the index of a trial cannot be used", subject=subject, error=str(error))
        shutil.rmtree(self._scratch(subject), ignore_errors=True)

    def finish(self) -> None:
        """Wait until what was asked for so far is reckoned."""
        self._pool.submit(lambda: None).result()

    def close(self) -> None:
        """Wait for the trial under way."""
        self._pool.shutdown(cancel_futures=True)

    def _latest(self, session: Session, proposal: Proposal) -> AnswerTrial | None:
        query = select(AnswerTrial).where(
            AnswerTrial.subject == proposal.subject, AnswerTrial.digest == proposal.digest,
            AnswerTrial.stamp == proposal.stamp,
        )  # fmt: skip
        return session.scalars(query.order_by(AnswerTrial.id.desc()).limit(1)).one_or_none()

    def _run(self, number: int, proposal: Proposal) -> None:
        state, result = FAILED, None
        try:
            result = self._reckoned(proposal)
            state = DONE
        except Exception:
            log.exception("a trial failed", subject=proposal.subject)
        with self._desk.database.write() as session:
            session.execute(
                update(AnswerTrial)
                .where(AnswerTrial.id == number)
                .values(state=state, result=result, finished_at=self._desk.clock())
            )

    def _reckoned(self, proposal: Proposal) -> dict[str, Any]:
        self._search.refresh()
        present = self._search.snapshot.corpus.topics
        scratch = self._scratch(proposal.subject)
        shutil.rmtree(scratch, ignore_errors=True)
        self._lend(scratch)
        entries = proposal.overlay.over(self._desk.shelf.base().values())
        made = partial(_proposed, topics(entries, shipped_phrasings()))
        other = self._search.over(IndexSource(scratch, self._search.source.encoder, made))
        asked = expected(self._questions(), present, other.snapshot.corpus.topics)
        return compare(asked, _searching(self._search), _searching(other))

    def _lend(self, scratch: Path) -> None:
        """What the run has fitted, and vectors that it has made already."""
        knowledge_folder(scratch).mkdir(parents=True)
        own = knowledge_folder(self._desk.data_dir)
        for path in (local_path(self._desk.data_dir), *own.glob("vectors-*.npz")):
            if path.exists():
                shutil.copyfile(path, knowledge_folder(scratch) / path.name)

    def _questions(self) -> list[Labelled]:
        return labelled_questions(self._folder or EVALUATION_FOLDER)

    def _scratch(self, subject: str) -> Path:
        return knowledge_folder(self._desk.data_dir) / "trials" / subject.replace(":", "-")


def _proposed(made: Sequence[Topic], _: Path) -> Sequence[Topic]:
    return made


def _searching(search: KnowledgeBase) -> Search:
    return lambda question: search.search(question, _DEPTH)
