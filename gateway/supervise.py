"""`wanshitong run`: Rasa and the gateway side by side, until somebody says stop."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path

import httpx

from gateway.channels.figures import FOLDER
from gateway.database import Database, migrate
from gateway.errors import PlatformError
from gateway.identity.service import ensure_first_administrator
from gateway.runner import preflight
from gateway.runner.keeper import Child
from gateway.runner.manager import Keepers
from gateway.settings import PROJECT_ROOT, Settings
from knowledge_base.encoder import check_model_folder

BOT = PROJECT_ROOT / "bot"
LOOK_EVERY = 0.5
REMIND_EVERY = 15.0
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - read, not bound
RASA_ENV = {
    "PYTHONPATH": str(BOT),
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_ACCESS_LOG": "false",
    "LOG_LEVEL": "WARNING",
    "OMP_NUM_THREADS": "1",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
}


FIRST_START = """
首次啟動：管理員帳號 admin，一次性密碼 {password}
First start: sign in at /console/ as admin with the one-time password {password}
這組密碼只顯示這一次。It is shown only once and must be changed at the first sign-in.

"""


def run_platform(settings: Settings) -> int:
    """Check, migrate, start Rasa and the gateway's workers, keep them running; gives back the exit code.

    0 after Ctrl-C or SIGTERM, 1 when something stood in the way (said on stderr, nothing started).
    """
    folder = settings.data_dir.resolve()
    try:
        preflight.check_workers(settings)
        preflight.check_data_dir(folder)
        with preflight.only_run_on(folder), preflight.reserved_port() as rasa_port:
            preflight.check_port(settings.host, settings.port)
            preflight.check_rasa()
            check_model_folder(settings)
            model = preflight.current_model()
            bring_up_to_date(settings)
            tell_first_password(settings)
            return _keep_running(settings, folder, model, rasa_port)
    except PlatformError as problem:
        sys.stderr.write(f"wanshitong: {_sentence(problem)}\n")
        return 1


def address(settings: Settings) -> str:
    """Where the gateway is reached from this machine."""
    host = WILDCARDS.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _sentence(problem: PlatformError) -> str:
    """What stood in the way, and what it means where the detail alone does not say it."""
    return (
        problem.detail if isinstance(problem, preflight.CannotStart) else f"{problem.en} ({problem.detail})"
    )


def bring_up_to_date(settings: Settings) -> None:
    """Bring the database's schema to what this code expects. Raises CannotStart."""
    database = Database(settings.database)
    try:
        if not migrate.is_current(database):
            migrate.upgrade(database)
    except Exception as problem:
        raise preflight.CannotStart(f"the database cannot be brought up to date: {problem}") from problem
    finally:
        database.close()


def tell_first_password(settings: Settings) -> None:
    """Where nobody has an account yet, make the administrator's and say its one-time password, this once.

    It goes to the terminal alone, not through the log.
    """
    database = Database(settings.database)
    try:
        password = ensure_first_administrator(database, settings)
    finally:
        database.close()
    if password is not None:
        sys.stdout.write(FIRST_START.format(password=password))
        sys.stdout.flush()


def _keep_running(settings: Settings, folder: Path, model: Path, rasa_port: int) -> int:
    run_dir = folder / "run"
    # Rasa unpacks its model into the temporary folder; what a killed run left behind goes here.
    shutil.rmtree(run_dir, ignore_errors=True)
    (run_dir / "tmp").mkdir(parents=True)
    token = settings.action_token.get_secret_value() if settings.action_token else secrets.token_urlsafe(32)
    url = address(settings)
    keepers = Keepers(sys.stdout, lambda running: _announce(running, url, settings.workers))
    keepers.keep(_rasa(run_dir, model, rasa_port, url, token))
    for name in worker_names(settings.workers):
        keepers.keep(_gateway(name, settings, run_dir, rasa_port, token))
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    keepers.loop()
    shutil.rmtree(run_dir, ignore_errors=True)
    return keepers.exit_code


def _rasa(run_dir: Path, model: Path, port: int, gateway_url: str, token: str) -> Child:
    command = [
        str(preflight.RASA),
        str(BOT / "start.py"),
        "run",
        "--model",
        str(model),
        "-i",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    command += ["--endpoints", str(BOT / "endpoints.yml"), "--credentials", str(BOT / "credentials.yml")]
    env = {
        **os.environ,
        **RASA_ENV,
        "TMPDIR": str(run_dir / "tmp"),
        "WST_ACTION_ENDPOINT": f"{gateway_url}/rasa/actions",
        "WST_ACTION_TOKEN": token,
    }
    return Child("rasa", command, env, run_dir, run_dir / "rasa.pid")


def worker_names(workers: int) -> list[str]:
    """What the gateway's processes are called in the log, and their files."""
    return ["gateway"] if workers == 1 else [f"gateway-{number}" for number in range(1, workers + 1)]


def _gateway(name: str, settings: Settings, run_dir: Path, rasa_port: int, token: str) -> Child:
    command = [str(Path(sys.executable).with_name("wanshitong")), "serve"]
    env = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "WST_HOST": settings.host,
        "WST_PORT": str(settings.port),
        "WST_DATA_DIR": str(run_dir.parent),
        "WST_RASA_URL": f"http://127.0.0.1:{rasa_port}",
        "WST_ACTION_TOKEN": token,
    }
    if settings.workers > 1:
        figures = run_dir / "figures"
        figures.mkdir(exist_ok=True)
        env[FOLDER] = str(figures)
    return Child(name, command, env, PROJECT_ROOT, run_dir / f"{name}.pid")


def _announce(keepers: Keepers, url: str, workers: int) -> None:
    """Wait until everything is healthy, then say where it is; until then, say what is waited for."""
    started = reminded = time.monotonic()
    with httpx.Client(timeout=10, trust_env=False) as client:
        while not keepers.stopping.wait(LOOK_EVERY):
            missing = not_ready(client, url, workers)
            now = time.monotonic()
            if not missing:
                keepers.tell(_welcome(url, now - started))
                return
            if now - reminded >= REMIND_EVERY:
                reminded = now
                keepers.tell(f"waiting for {', '.join(missing)} ({now - started:.0f} s so far)")


def not_ready(client: httpx.Client, url: str, workers: int = 1) -> list[str]:
    """What of the platform is not healthy yet, as the gateway itself says it."""
    try:
        state = client.get(f"{url}/readyz").json()
    except (httpx.HTTPError, ValueError):
        return ["gateway"]
    healthy = {
        "database": state["database"] == "ok",
        "index": state["index"].get("ready"),
        "rasa": state["rasa"] == "ok",
        "live news": state["live_news"] in {"ok", "off"},
        "gateway": state["workers"] >= workers,
    }
    return [name for name, ok in healthy.items() if not ok]


def _welcome(url: str, seconds: float) -> str:
    return (
        f"ready after {seconds:.0f} s\n"
        f"  citizen page  {url}/\n"
        f"  console       {url}/console/\n"
        f"  API docs      {url}/docs\n"
        f"  health        {url}/healthz  {url}/readyz\n"
        "Ctrl-C stops everything."
    )
