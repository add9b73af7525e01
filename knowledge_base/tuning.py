"""The fitted numbers on disk: those that ship, and those that a city fitted for itself."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path
from typing import Any

from gateway.errors import Unavailable
from knowledge_base.ranking import Logistic, TopicWeights, Tuning
from knowledge_base.storage import knowledge_folder, write_atomically

SHIPPED_TUNING = Path(__file__).resolve().parent / "tuning.json"
_LOCAL = "tuning.json"

log = logging.getLogger(__name__)


class TuningBroken(Unavailable):
    """A file of fitted numbers cannot be used."""

    code = "tuning_broken"
    zh = "檢索參數檔案有誤，請重新執行 wanshitong kb calibrate。"
    en = "The file of fitted numbers is broken. Run wanshitong kb calibrate again."


def tuning_for(model: str, data_dir: Path) -> Tuning:
    """The numbers fitted for this model: the city's own, else those that ship.

    Those that ship were fitted for the packaged encoder; another model works with them, less well, until it
    is calibrated. Raises TuningBroken.
    """
    own = local_path(data_dir)
    if own.is_file():
        tuning = read(own)
        if tuning.model == model:
            return tuning
    shipped = read(SHIPPED_TUNING)
    if shipped.model != model:
        log.warning("no calibration for the model %s; run: wanshitong kb calibrate", model)
    return shipped


def local_path(data_dir: Path) -> Path:
    """Where a city's own numbers lie."""
    return knowledge_folder(data_dir) / _LOCAL


def read(path: Path) -> Tuning:
    """The numbers of one file. Raises TuningBroken."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Tuning(
            model=str(content["model"]),
            chinese=_topic_weights(content["chinese"]),
            english=_topic_weights(content["english"]),
            first=_logistic(content["first"]),
            offered=_logistic(content["offered"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TuningBroken(f"{path.name}: {error}") from error


def write(tuning: Tuning, path: Path) -> None:
    """Replace the file. Raises StorageUnavailable."""
    write_atomically(path, json.dumps(dataclasses.asdict(tuning), indent=1) + "\n")


def _topic_weights(content: dict[str, Any]) -> TopicWeights:
    return TopicWeights(_numbers(content["phrased"]), _numbers(content["bare"]), float(content["bare_start"]))


def _logistic(content: dict[str, Any]) -> Logistic:
    return Logistic(_numbers(content["weights"]), float(content["bias"]))


def _numbers(content: list[Any]) -> tuple[float, ...]:
    return tuple(float(one) for one in content)
