"""What sockets share that only accounts with the permission to have text spoken may open."""

from __future__ import annotations

import asyncio

from django.db import Error as DatabaseFailed

from captions import database
from captions.conf import conf
from captions.consumers.base import Socket
from captions.consumers.visitor import caller, require_our_origin
from captions.errors import CaptionError
from captions.live.tasks import end, spawn
from captions.services import speakers


class SpeakerSocket(Socket):
    """Strangers, pages of others and accounts without the permission are refused before anything else."""

    async def opened(self) -> None:
        require_our_origin(self.scope)
        self.speaker = await database.read(speakers.speaker, caller=await caller(self.scope))
        self.log = self.log.bind(account=self.speaker.user_id)
        self.stack.push_async_callback(end, spawn(self._keep_asking(), name=f"{self.kind}-recheck"))

    def shown_out(self, error: CaptionError) -> None:
        """They may not go on: signed out, switched off, or the permission taken back."""
        self.leave(error)

    async def _keep_asking(self) -> None:
        """Whoever may not go on is shown out within seconds, in the middle of a word."""
        while True:
            await asyncio.sleep(conf.recheck_interval_s)
            try:
                await database.read(speakers.ask_again, speaker=self.speaker)
            except CaptionError as exc:
                self.shown_out(exc)
                return
            except DatabaseFailed as exc:
                self.log.warning("recheck_without_database", error=type(exc).__name__)
