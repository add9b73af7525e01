"""What is made from the project's own data: the trained Rasa model and the FAQ index."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import stamps
from .console import SetupFailed, run, step

# One thread each: on small machines the libraries' own threads only wait for one another.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
}
RASA_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}
MODELS_KEPT = 3


def rasa_inputs(root: Path) -> list[Path]:
    """Everything a trained model depends on."""
    bot = root / "bot"
    named = [
        root / "config.yml",
        root / "nlu_data",
        bot / "domain",
        bot / "components",
        bot / "requirements.lock",
    ]
    return named + training_files(root)


def training_files(root: Path) -> list[Path]:
    """Rules and stories; endpoints and credentials are for running, not for training."""
    return sorted(p for pattern in ("rules*.yml", "stories*.yml") for p in (root / "bot").glob(pattern))


def rasa_model(root: Path) -> None:
    """Train when an input has changed, prove that the result tells intents apart, then make it current."""
    models = root / ".cache/rasa"
    name = stamps.digest(root, rasa_inputs(root))[:16] + ".tar.gz"
    model, current = models / name, models / "current"
    if stamps.is_fresh(current, name) and model.is_file():
        return
    if not model.is_file():
        with step("training of the Rasa model"):
            _train(root, model)
    stamps.write(current, name)
    for old in sorted(models.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)[:-MODELS_KEPT]:
        old.unlink()


def _train(root: Path, model: Path) -> None:
    draft = model.parent / f"draft-{os.getpid()}"
    env = {
        **ONE_THREAD,
        **RASA_QUIET,
        "PYTHONPATH": str(root / "bot"),
        "RASA_CACHE_DIRECTORY": str(model.parent / "steps"),
    }
    command = [root / "bot/.venv/bin/rasa", "train", "--config", root / "config.yml"]
    command += ["--domain", root / "bot/domain", "--data", root / "nlu_data", *training_files(root)]
    command += ["--out", draft, "--fixed-model-name", "model"]
    try:
        run(command, "rasa train", root / ".cache/setup/rasa-train.log", env, cwd=root)
        trained = draft / "model.tar.gz"
        if not trained.is_file():
            raise SetupFailed("rasa train ended without a model; see .cache/setup/rasa-train.log")
        smoke = [root / "bot/.venv/bin/python", "-m", "components.parse_batch", "--smoke", trained]
        run(smoke, "smoke test of the trained model", root / ".cache/setup/rasa-smoke.log", env, cwd=root)
        trained.replace(model)
    finally:
        shutil.rmtree(str(draft), ignore_errors=True)


def faq_index(root: Path, data_dir: Path) -> None:
    """Build the FAQ index of this data folder when entries, imports, code or model have changed."""
    inputs = [root / "knowledge_base", root / "requirements.lock", data_dir / "knowledge/sources"]
    value = stamps.digest(root, inputs, os.environ.get("WST_EMBEDDING_MODEL", ""))
    stamp = data_dir / "knowledge/setup-stamp"
    if stamps.is_fresh(stamp, value) and (data_dir / "knowledge/index/current").exists():
        return
    with step("FAQ index"):
        command = [root / ".venv/bin/wanshitong", "kb", "build"]
        env = {**ONE_THREAD, "WST_DATA_DIR": str(data_dir)}
        run(command, "wanshitong kb build", root / ".cache/setup/faq-index.log", env, cwd=root)
        stamps.write(stamp, value)
