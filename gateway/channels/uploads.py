"""Files on their way in: looked through a few at a time, so that many at once do not stop the chats."""

from __future__ import annotations

import asyncio

from fastapi import UploadFile

from gateway.cases.attachments.rules import FILE_MAX_BYTES
from gateway.cases.attachments.service import PICTURES_AT_ONCE, AttachmentService, Prepared


class Uploads:
    """The one way in for files of conversations."""

    def __init__(self, attachments: AttachmentService) -> None:
        self._attachments = attachments
        self._turn = asyncio.Semaphore(PICTURES_AT_ONCE)

    async def prepare(self, file: UploadFile) -> Prepared:
        """Look through a file and put its clean copy into the store; raises as AttachmentService.prepare."""
        async with self._turn:
            data = await file.read(FILE_MAX_BYTES + 1)
            return await asyncio.to_thread(self._attachments.prepare, data, file.filename or "")

    def discard(self, prepared: Prepared) -> None:
        """Throw away a prepared file that no message was made of."""
        self._attachments.discard(prepared)
