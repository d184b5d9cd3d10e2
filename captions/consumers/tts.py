"""The socket of the page that has text spoken: what to say in, its sound and its timing out."""

from __future__ import annotations

import asyncio
from functools import partial

from captions import database
from captions.characters import Standing
from captions.conf import conf
from captions.consumers.base import patience
from captions.consumers.speaker import SpeakerSocket
from captions.errors import BadField, BadMessage, CaptionError
from captions.live import tts_messages as messages
from captions.live.counts import counts
from captions.live.flood import Patience
from captions.live.outbox import Outgoing
from captions.live.speaking import Order, Speaking
from captions.live.tts_messages import LONGEST_AUDIO_BYTES, Got, Played, Speak, Stop
from captions.live.voices import check
from captions.live.window import Window
from captions.services import tries
from captions.tts.events import Audio, Event, Format, Piece, Timing, Waiting, Warned, Wire
from captions.tts.providers import PROVIDERS

BURST_S = 10.0
"""For how long of its rate what a page says may come at once: what it says waits while its network does."""


class TtsConsumer(SpeakerSocket):
    """``/ws/tts/``."""

    kind = "tts"

    async def opened(self) -> None:
        self.speeches: dict[int, _Heard] = {}
        await super().opened()
        self.stack.push_async_callback(self._let_all_go)

    def patience(self) -> Patience:
        return patience(texts_a_second=conf.tts_text_rate, burst_texts=BURST_S * conf.tts_text_rate)

    def heard_text(self, text: str) -> None:
        try:
            self._obey(messages.parse(text, max_bytes=conf.tts_message_bytes))
        except (BadMessage, BadField) as exc:
            counts.refusals[exc.code] += 1
            self.tell(Outgoing("error", messages.encode_speech_error(exc, messages.id_in(text))))

    def _obey(self, command: Speak | Got | Stop | Played) -> None:
        match command:
            case Speak() if self.entered:
                self._begin(command)
            case Speak():
                self.later(partial(self._speak, command))
            case Played():
                self.later(partial(self._played, command))
            case Got() | Stop() if not self.entered or command.id not in self.speeches:
                return  # of one that has just ended
            case Got():
                self.speeches[command.id].window.got(command.bytes)
            case Stop():
                self.speeches[command.id].speaking.stop()

    async def _speak(self, speak: Speak) -> None:
        """Whether anything may be spoken here was still being asked."""
        self._begin(speak)

    def _begin(self, speak: Speak) -> None:
        if speak.id in self.speeches:
            raise BadMessage('This "id" is of a speech that is under way. Give each one of its own.')
        heard = self.speeches[speak.id] = _Heard(self, speak)
        heard.speaking.start()

    async def _played(self, played: Played) -> None:
        await database.write(
            tries.note_played,
            try_id=played.try_id,
            owner_id=self.speaker.user_id,
            measured=played.measured,
        )

    def shown_out(self, error: CaptionError) -> None:
        for heard in list(self.speeches.values()):
            heard.speaking.stop(error)
        super().shown_out(error)

    async def _let_all_go(self) -> None:
        """The socket is gone: nothing goes on, and nothing more is counted than was sent."""
        going = [heard.speaking for heard in self.speeches.values()]
        for speaking in going:
            speaking.stop()
        await asyncio.gather(*(speaking.settled() for speaking in going))


class _Heard:
    """One speech of this socket, and how far the page has followed it."""

    def __init__(self, socket: TtsConsumer, speak: Speak) -> None:
        order = Order(
            speech=speak.speech, speaker=socket.speaker, keep=speak.keep, keep_audio=speak.keep_audio
        )
        self.speaking = Speaking(order, self, check=check)
        self.window = Window(conf.tts_window_bytes)
        self._socket = socket
        self._speak = speak

    @property
    def _id(self) -> int:
        return self._speak.id

    def accepted(self, standing: Standing) -> None:
        characters = len(self._speak.speech.text)
        self._say("accepted", messages.encode_accepted(self._id, characters=characters, standing=standing))

    async def hear(self, event: Event) -> None:
        """Nothing piles up: neither here nor with the page."""
        match event:
            case Audio():
                for at in range(0, len(event.data), LONGEST_AUDIO_BYTES):
                    await self._send(event.data[at : at + LONGEST_AUDIO_BYTES])
                return
            case Wire() if not self._speak.trace:
                return
        await self._room()
        self._tell(event)

    def over(self, speaking: Speaking) -> None:
        self._socket.speeches.pop(self._id, None)
        kept = speaking.kept
        if speaking.error is not None:
            counts.refusals[speaking.error.code] += 1
            text = messages.encode_speech_error(speaking.error, self._id, kept=kept)
            self._say("error", text)
        elif speaking.ended == "stopped":
            self._say("stopped", messages.encode_stopped(self._id, kept=kept))
        else:
            timing, pieces = speaking.timing, speaking.pieces
            self._say("done", messages.encode_done(self._id, timing, pieces=pieces, kept=kept))

    async def _send(self, data: bytes) -> None:
        await self.window.pass_through(len(data))
        await self._room()
        self._socket.tell(Outgoing("audio", "", data=messages.encode_audio(self._id, data)))

    async def _room(self) -> None:
        await self._socket.outbox.room(conf.tts_waiting_bytes)

    def _tell(self, event: Event) -> None:
        match event:
            case Format():
                self._say("format", messages.encode_format(self._id, event))
            case Piece():
                at_bytes = self.window.sent_bytes
                self._say("piece", messages.encode_piece(self._id, event, at_bytes=at_bytes))
            case Wire():
                self._say("wire", messages.encode_wire(self._id, event))
            case Timing():
                pieces = self.speaking.pieces
                self._say("timing", messages.encode_timing(self._id, event, pieces=pieces))
            case Waiting():
                service = PROVIDERS[self._speak.speech.provider].label
                self._say("waiting", messages.encode_waiting(self._id, event, service=service))
            case Warned():
                self._say("warning", messages.encode_warning(self._id, event))

    def _say(self, type_: str, text: str) -> None:
        self._socket.tell(Outgoing(type_, text))
