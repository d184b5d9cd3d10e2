"""Whether an endpoint that speaks may answer at all: refusals on purpose, and the lack of an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.switches import ABSENT, Switches


@dataclass(frozen=True, slots=True)
class Refused:
    """An HTTP status in place of an answer, with a sentence. Each vendor has its own body for it."""

    status: int
    message: str
    headers: dict[str, str]


class Gate:
    """Stands before every endpoint that speaks, whichever vendor's it is; asked after the key."""

    def __init__(self, speaker: Speaker, switches: Callable[[], Switches]) -> None:
        self._speaker = speaker
        self._switches = switches
        self._refused = 0

    def refusal(self) -> Refused | None:
        """Why a handshake or a request is not to be answered; ``None`` where it is. Counts."""
        switches = self._switches()
        if self._is_to_refuse(switches):
            self._refused += 1
            wait = switches.retry_after
            headers = {} if wait == ABSENT else {"Retry-After": wait}
            return Refused(int(switches.tts_refuse_status), "refused on purpose", headers)
        if self._speaker.why_not:
            return Refused(503, self._speaker.why_not, {})
        return None

    async def silence(self) -> None:
        """Never returns while the server is to say nothing (``EMU_TTS_NOTHING``); at once otherwise."""
        if self._switches().tts_nothing:
            await asyncio.Event().wait()

    def start_over(self) -> None:
        """Forget how many were refused."""
        self._refused = 0

    def _is_to_refuse(self, switches: Switches) -> bool:
        times = switches.tts_refuse_times
        return bool(switches.tts_refuse_status) and (not times or self._refused < times)
