"""A carrier that writes text messages down instead of sending them: for trials, and to see what would go."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from gateway.outbox.lengths import sms_length
from gateway.outbox.queue import Letter
from gateway.outbox.rules import Undeliverable
from gateway.outbox.sms.rules import mobile_number
from gateway.settings import Settings

FILE: Final = "sms.jsonl"


class Recorder:
    """Appends one JSON line for each key to `sms.jsonl` of the data folder, whatever dies in between."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.data_dir / FILE

    async def deliver(self, letter: Letter) -> None:
        """Write one message down, once for its key. Raises Undeliverable for what is no mobile number."""
        number = mobile_number(letter.recipient)
        if number is None:
            raise Undeliverable("not a mobile number")
        text = str(letter.payload["text"])
        line = {
            "key": letter.key,
            "number": number,
            "text": text,
            "parts": sms_length(text).parts,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        await asyncio.to_thread(self._write, line)

    def _write(self, line: dict[str, object]) -> None:
        with _opened(self._path) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if line["key"] in _keys(file):
                return
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _opened(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def _keys(file: BinaryIO) -> set[object]:
    """Every key in the file; what a death left half written at its end is cut off. Then it is at its end."""
    content = file.read()
    whole = content.rfind(b"\n") + 1
    file.truncate(whole)
    file.seek(whole)
    return {json.loads(line)["key"] for line in content[:whole].splitlines()}
