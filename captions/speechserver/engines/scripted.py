"""An engine that recognises nothing: its text comes from a script, or from marks in the audio.

Speech is energy over a threshold. The first interim comes after 300 ms of speech, then one each
300 ms; a final after 600 ms of silence or 15 s of speech (voice-API contract, 8.2). No clock and no
chance: the same audio gives the same transcripts however it is cut into pieces.

``ScriptedEngine`` says the sentences of a script in turn. ``PositionsEngine`` reads PCM that
``marked`` made: each stretch of it holds one number, which becomes a word. What is said then depends
on the audio alone and not on the connection it came through, so that a transcript made over
disturbances can be compared with one made without.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from captions.audio import RATE_HZ, SAMPLES_PER_MS
from captions.speechserver.engines.base import ANY_LANGUAGE, EngineUnavailable, Transcript, Word

FRAME_MS = 20
FRAME_SAMPLES = FRAME_MS * SAMPLES_PER_MS
FRAME_BYTES = FRAME_SAMPLES * 2
SPEECH_LEVEL = 200
"""Mean absolute sample value from which on a frame counts as speech."""
INTERIM_EVERY_MS = 300
SILENCE_MS = 600
LONGEST_MS = 15_000

MARK_MS = 200
"""Length of one marked word."""
FIRST_MARK = 1_000
LAST_MARK = 32_000

SCRIPT = (
    "good morning and welcome to everyone in the room",
    "the doors open at nine and the first talk starts at half past",
    "please raise a hand if the captions are too small to read",
    "after the break we go on with questions from the audience",
    "thank you for listening and have a safe way home",
)


def marked(position: int, duration_ms: int = MARK_MS) -> bytes:
    """PCM that ``PositionsEngine`` reads as the word ``w<position>``; positions from 0 to 31,000."""
    level = FIRST_MARK + position
    if not FIRST_MARK <= level <= LAST_MARK:
        raise ValueError(f"no mark for position {position}")
    return level.to_bytes(2, "little", signed=True) * (duration_ms * SAMPLES_PER_MS)


class ScriptedSession:
    """Cuts audio into utterances by its energy and asks ``say`` for their words."""

    def __init__(self, say: Callable[[int, bytes, bool], list[Word]], *, whole_marks: bool) -> None:
        """``say(utterance, pcm, is_final)`` gives words with offsets from the utterance's start.

        With ``whole_marks`` an utterance that got too long is cut only between two marks.
        """
        self._say = say
        self._whole_marks = whole_marks
        self._rest = b""
        self._frames = 0
        self._utterance = 0
        self._speech = bytearray()
        """From the first frame of speech to the newest frame, silence included."""
        self._spoken_bytes = 0
        """Of these, up to the end of the last frame that was speech."""
        self._start_ms = 0
        self._next_interim_ms = INTERIM_EVERY_MS
        self._last_frame = b""

    def feed(self, pcm: bytes) -> list[Transcript]:
        """All interims and finals, each at its place in audio time."""
        data = self._rest + pcm
        said: list[Transcript] = []
        whole = len(data) - len(data) % FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            self._frame(data[start : start + FRAME_BYTES], said)
        self._rest = data[whole:]
        return said

    def flush(self) -> list[Transcript]:
        """The open utterance as a final. A rest shorter than a frame belongs to it."""
        said: list[Transcript] = []
        if self._rest:
            self._frame(self._rest.ljust(FRAME_BYTES, b"\0"), said)
            self._rest = b""
        if self._speech:
            self._finish(said)
        return said

    def close(self) -> None:
        self._speech.clear()

    def _frame(self, frame: bytes, said: list[Transcript]) -> None:
        is_speech = _level(frame) >= SPEECH_LEVEL
        now_ms = self._frames * FRAME_MS
        self._frames += 1
        if not self._speech:
            if not is_speech:
                return
            self._start_ms = now_ms
        elif (
            self._whole_marks
            and self._spoken_ms() >= LONGEST_MS
            and is_speech
            and frame[:2] != self._last_frame[-2:]
        ):
            self._finish(said)
            self._start_ms = now_ms
        self._last_frame = frame
        self._speech += frame
        if is_speech:
            self._spoken_bytes = len(self._speech)
        if self._spoken_ms() >= self._next_interim_ms:
            self._next_interim_ms += INTERIM_EVERY_MS
            self._interim(said)
        silence_ms = _ms(len(self._speech)) - self._spoken_ms()
        longest_ms = 2 * LONGEST_MS if self._whole_marks else LONGEST_MS
        if silence_ms >= SILENCE_MS or self._spoken_ms() >= longest_ms:
            self._finish(said)

    def _spoken_ms(self) -> int:
        return _ms(self._spoken_bytes)

    def _interim(self, said: list[Transcript]) -> None:
        words = self._say(self._utterance, bytes(self._speech[: self._spoken_bytes]), False)
        if words:
            text = " ".join(word.text for word in words)
            said.append(Transcript(text, False, self._start_ms, self._spoken_ms()))

    def _finish(self, said: list[Transcript]) -> None:
        words = self._say(self._utterance, bytes(self._speech[: self._spoken_bytes]), True)
        placed = tuple(
            Word(word.text, self._start_ms + word.offset_ms, word.duration_ms, word.confidence)
            for word in words
        )
        if placed:
            known = [word.confidence for word in placed if word.confidence is not None]
            said.append(
                Transcript(
                    text=" ".join(word.text for word in placed),
                    is_final=True,
                    offset_ms=self._start_ms,
                    duration_ms=self._spoken_ms(),
                    confidence=round(sum(known) / len(known), 3) if known else None,
                    words=placed,
                )
            )
            self._utterance += 1
        self._speech.clear()
        self._spoken_bytes = 0
        self._next_interim_ms = INTERIM_EVERY_MS
        self._last_frame = b""


class ScriptedEngine:
    """Sentences of a script, one an utterance, in turn; a session starts with the first.

    ``model_dir`` may hold a ``script.txt``, one sentence a line, in place of the built-in ones.
    """

    name = "scripted"
    label = "scripted text, not recognition"
    languages: tuple[str, ...] = (ANY_LANGUAGE,)
    isolation: Literal["process", "thread"] = "thread"

    def __init__(self, *, model_dir: Path | None = None, script: tuple[str, ...] = SCRIPT) -> None:
        self._model_dir = model_dir
        self.script = script

    def load(self) -> None:
        if self._model_dir is None:
            return
        path = self._model_dir / "script.txt"
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as exc:
            raise EngineUnavailable(f"The script {path} cannot be read.") from exc
        self.script = tuple(line.strip() for line in lines if line.strip())
        if not self.script:
            raise EngineUnavailable(f"The script {path} has no sentence in it.")

    def open(self, *, language: str, sample_rate_hz: int) -> ScriptedSession:
        _expect_rate(sample_rate_hz)
        return ScriptedSession(self._say, whole_marks=False)

    def _say(self, utterance: int, pcm: bytes, is_final: bool) -> list[Word]:
        texts = self.script[utterance % len(self.script)].split()
        if not is_final:
            texts = texts[: max(1, _ms(len(pcm)) // INTERIM_EVERY_MS)]
        share_ms = _ms(len(pcm)) / len(texts)
        edges = [round(share_ms * number) for number in range(len(texts) + 1)]
        return [
            Word(text, edges[number], edges[number + 1] - edges[number], 0.90 + number % 10 / 100)
            for number, text in enumerate(texts)
        ]


class PositionsEngine:
    """The numbers that ``marked`` put into the audio, one word each, at the times they stand."""

    name = "positions"
    label = "marks in the audio, not recognition"
    languages: tuple[str, ...] = (ANY_LANGUAGE,)
    isolation: Literal["process", "thread"] = "thread"

    def __init__(self, *, model_dir: Path | None = None) -> None:
        pass

    def load(self) -> None:
        pass

    def open(self, *, language: str, sample_rate_hz: int) -> ScriptedSession:
        _expect_rate(sample_rate_hz)
        return ScriptedSession(self._say, whole_marks=True)

    def _say(self, utterance: int, pcm: bytes, is_final: bool) -> list[Word]:
        samples = _samples(pcm)
        words: list[Word] = []
        start = 0
        ms = range(0, len(samples), SAMPLES_PER_MS)
        for at in (*ms, len(samples)):
            if at < len(samples) and samples[at] == samples[start]:
                continue
            position = samples[start] - FIRST_MARK
            if 0 <= position <= LAST_MARK - FIRST_MARK:
                offset_ms = start // SAMPLES_PER_MS
                duration_ms = at // SAMPLES_PER_MS - offset_ms
                if duration_ms > 0:
                    words.append(Word(f"w{position}", offset_ms, duration_ms, 0.90 + position % 10 / 100))
            start = at
        return words


def _expect_rate(sample_rate_hz: int) -> None:
    if sample_rate_hz != RATE_HZ:
        raise ValueError(f"audio comes at {sample_rate_hz} Hz, not at {RATE_HZ}")


def _ms(size_bytes: int) -> int:
    return size_bytes // 2 // SAMPLES_PER_MS


def _samples(pcm: bytes) -> array[int]:
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _level(frame: bytes) -> int:
    every_fourth = _samples(frame)[::4]
    return sum(map(abs, every_fourth)) // len(every_fourth)
