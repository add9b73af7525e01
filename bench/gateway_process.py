"""The gateway of a bench: the real command `wanshitong serve` in a process of its own, without Rasa."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.audit.service import AuditTrail  # noqa: E402
from gateway.database import Database, migrate  # noqa: E402
from gateway.identity.rules import Permission, StaffRole  # noqa: E402
from gateway.identity.service import IdentityService  # noqa: E402
from gateway.identity.views import SYSTEM  # noqa: E402
from gateway.settings import Settings  # noqa: E402
from tests.platform import free_port  # noqa: E402

NO_LIMIT = "100000/minute"
START_SECONDS = 300
SECRET = "only for this bench"  # noqa: S105


class Gateway:
    """The gateway in a process of its own, on a fresh database, with operators who hold tokens."""

    def __init__(self, folder: Path, database_url: str | None, operators: int, *, overseers: int = 0) -> None:
        self.settings = Settings(data_dir=folder, secret_key=SECRET, database_url=database_url)
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        database = Database(self.settings.database)
        migrate.upgrade(database)
        self.usernames = [f"operator{number:02d}" for number in range(operators + overseers)]
        self.tokens = tokens(database, self.settings, self.usernames, overseers)
        database.close()
        env = {
            **os.environ, "WST_DATA_DIR": str(folder), "WST_SECRET_KEY": SECRET, "WST_PORT": str(port),
            "WST_RASA_URL": "http://127.0.0.1:9", "WST_LOG_LEVEL": "ERROR",
            **{f"WST_RATE_{name}": NO_LIMIT for name in ("CONVERSATION", "ADDRESS_MESSAGES",
                                                         "ADDRESS_CONVERSATIONS")},
            **({"WST_DATABASE_URL": database_url} if database_url else {}),
        }  # fmt: skip
        command = [str(Path(sys.executable).with_name("wanshitong")), "serve"]
        self.process = subprocess.Popen(command, env=env, cwd=ROOT)
        self.facts = psutil.Process(self.process.pid)

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise SystemExit("the gateway did not start")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def tokens(database: Database, settings: Settings, usernames: list[str], overseers: int) -> list[str]:
    """Accounts of operators, the last ones supervisors, and a bearer token of each."""
    identity = IdentityService(database, settings, AuditTrail(settings.signing_key()))
    issued = []
    with database.write() as session:
        for number, username in enumerate(usernames):
            oversees = number >= len(usernames) - overseers
            role = StaffRole.SUPERVISOR if oversees else StaffRole.OPERATOR
            account, _ = identity.create_account(session, username, roles={role}, by=SYSTEM)
            scopes = {Permission.CHAT_TAKE} | ({Permission.CHAT_OVERSEE} if oversees else set())
            token = identity.issue_token(session, "desk", scopes=scopes, by=SYSTEM, account_id=account.id)
            issued.append(token.token)
    return issued
