"""Recognition by pocketsphinx with the US English model that its package brings.

Draft quality, no download, modest hardware. What makes it usable is the cepstral mean: the decoder
subtracts a running mean of the speaker's spectrum, and its default for it fits few rooms. So the first
second of a session is held back and its mean learned in a pass without search. From there the decoder
keeps it up from utterance to utterance. Nothing is carried from one session to the next.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from captions.audio import RATE_HZ, ms_to_samples, samples_in, samples_to_ms
from captions.speechserver.endpointer import Ended, Endpointer, Mark, Started, Voiced, frame_bytes
from captions.speechserver.engines.base import EngineUnavailable, Transcript, Word

WARM_UP_MS = 1_500
"""Audio of a session's first utterance from which its mean is learned. A third of it has passed when the
utterance is found to have started, so that this holds it back for a second.
"""
INTERIM_EVERY_MS = 200
LEAST_CONFIDENCE = 0.15
"""Finals below this are noise taken for words more often than not."""
FRAME_MS = 10
"""What the decoder counts time in."""
VAD_MODE = 2


class _Hypothesis(Protocol):
    @property
    def hypstr(self) -> str: ...


class _Segment(Protocol):
    """A word of the result; the end frame is inclusive, ``prob`` its posterior."""

    word: str
    start_frame: int
    end_frame: int
    prob: float


class _Segments(Protocol):
    def __iter__(self) -> _Segments: ...

    def __next__(self) -> _Segment: ...


class _Decoder(Protocol):
    """The part of ``pocketsphinx.Decoder`` that is used here; the library has no types."""

    def reinit_feat(self) -> None: ...

    def start_utt(self) -> None: ...

    def process_raw(self, data: bytes, no_search: bool = False, full_utt: bool = False) -> None: ...

    def end_utt(self) -> None: ...

    def hyp(self) -> _Hypothesis | None: ...

    def seg(self) -> _Segments | None: ...

    def get_cmn(self, update: bool = False) -> str: ...

    def set_cmn(self, cmn: str) -> None: ...


class _Vad(Protocol):
    def is_speech(self, frame: bytes) -> bool: ...


class PocketsphinxSession:
    """One stream. The decoder is the engine's and is used by one session at a time."""

    def __init__(self, decoder: _Decoder, vad: _Vad) -> None:
        self._decoder = decoder
        self._vad = vad
        self._endpointer = Endpointer()
        self._frame_bytes = frame_bytes()
        self._rest = b""
        self._start_ms = 0
        self._is_learning = True
        self._learned_from = b""
        """Utterances that were too short to learn the mean from; it is made of them and the next."""
        self._held = bytearray()
        """Audio of the open utterance that waits for the mean."""
        self._is_decoding = False
        self._decoded_ms = 0
        self._next_interim_ms = 0
        self._shown = ""
        decoder.reinit_feat()  # forgets the mean and the last samples of the session before

    def feed(self, pcm: bytes) -> list[Transcript]:
        """Finals of what has ended, and at most one interim, of what is open at the end of ``pcm``."""
        data = self._rest + pcm
        whole = len(data) - len(data) % self._frame_bytes
        said: list[Transcript] = []
        for start in range(0, whole, self._frame_bytes):
            frame = data[start : start + self._frame_bytes]
            self._follow(self._endpointer.frame(frame, self._vad.is_speech(frame)), said)
        self._rest = data[whole:]
        said += self._interim()
        return said

    def flush(self) -> list[Transcript]:
        said: list[Transcript] = []
        if self._rest:
            self._follow(self._endpointer.frame(self._rest, False), said)
            self._rest = b""
        self._follow(self._endpointer.flush(), said)
        return said

    def close(self) -> None:
        if self._is_decoding:
            self._decoder.end_utt()
            self._is_decoding = False

    def _follow(self, marks: list[Mark], said: list[Transcript]) -> None:
        for mark in marks:
            match mark:
                case Started(sample=sample):
                    self._begin(samples_to_ms(sample))
                case Voiced(pcm=pcm):
                    self._hear(pcm)
                case Ended():
                    said += self._finish()

    def _begin(self, start_ms: int) -> None:
        self._start_ms = start_ms
        self._decoded_ms = 0
        self._next_interim_ms = INTERIM_EVERY_MS
        self._shown = ""
        if not self._is_learning:
            self._decoder.start_utt()
            self._is_decoding = True

    def _hear(self, pcm: bytes) -> None:
        if self._is_decoding:
            self._decode(pcm)
            return
        self._held += pcm
        if samples_in(self._learned_from) + samples_in(self._held) >= ms_to_samples(WARM_UP_MS):
            self._is_learning = False
            self._warm_up()

    def _warm_up(self) -> None:
        """Learn the mean of what is held and of what came before, then decode what is held."""
        held = bytes(self._held)
        self._held.clear()
        self._learned_from += held
        self._decoder.set_cmn(_mean_of(self._decoder, self._learned_from))
        if not self._is_learning:
            self._learned_from = b""
        self._decoder.start_utt()
        self._is_decoding = True
        self._decode(held)

    def _decode(self, pcm: bytes) -> None:
        self._decoder.process_raw(pcm)
        self._decoded_ms += samples_to_ms(samples_in(pcm))

    def _interim(self) -> list[Transcript]:
        if not self._is_decoding or self._decoded_ms < self._next_interim_ms:
            return []
        self._next_interim_ms = (self._decoded_ms // INTERIM_EVERY_MS + 1) * INTERIM_EVERY_MS
        hypothesis = self._decoder.hyp()
        text = _plain(hypothesis.hypstr) if hypothesis is not None else ""
        if not text or text == self._shown:
            return []
        self._shown = text
        return [Transcript(text, False, self._start_ms, self._decoded_ms)]

    def _finish(self) -> list[Transcript]:
        if not self._is_decoding:
            self._warm_up()
        self._decoder.end_utt()
        self._is_decoding = False
        words = self._words()
        if not words:
            return []
        confidence = sum(word.confidence or 0.0 for word in words) / len(words)
        if confidence < LEAST_CONFIDENCE:
            return []
        offset_ms = words[0].offset_ms
        last = words[-1]
        return [
            Transcript(
                text=" ".join(word.text for word in words),
                is_final=True,
                offset_ms=offset_ms,
                duration_ms=last.offset_ms + last.duration_ms - offset_ms,
                confidence=round(confidence, 3),
                words=tuple(words),
            )
        ]

    def _words(self) -> list[Word]:
        return [
            Word(
                text=_base(segment.word),
                offset_ms=self._start_ms + segment.start_frame * FRAME_MS,
                duration_ms=(segment.end_frame - segment.start_frame + 1) * FRAME_MS,
                confidence=round(min(1.0, max(0.0, segment.prob)), 3),
            )
            for segment in self._decoder.seg() or ()
            if _is_word(segment.word)
        ]


class PocketsphinxEngine:
    """The built-in engine. It holds the interpreter's lock while it decodes."""

    name = "pocketsphinx"
    label = "built-in engine, English, draft quality"
    languages: tuple[str, ...] = ("en-US",)
    isolation: Literal["process", "thread"] = "process"

    def __init__(self, *, model_dir: Path | None = None) -> None:
        """``model_dir`` replaces the package's model: acoustic model ``en-us``, language model
        ``en-us.lm.bin`` and dictionary ``cmudict-en-us.dict``, named and laid out as there.
        """
        try:
            import pocketsphinx
        except ImportError as exc:
            raise EngineUnavailable('pocketsphinx is not installed: pip install "voxweb[local]".') from exc
        self._library = pocketsphinx
        self._model_dir = model_dir
        if model_dir is not None and not (model_dir / "en-us").is_dir():
            raise EngineUnavailable(f"{model_dir} is no model of pocketsphinx: it has no directory en-us.")
        self._decoder: _Decoder | None = None

    def load(self) -> None:
        paths = {}
        if self._model_dir is not None:
            paths = {
                "hmm": str(self._model_dir / "en-us"),
                "lm": str(self._model_dir / "en-us.lm.bin"),
                "dict": str(self._model_dir / "cmudict-en-us.dict"),
            }
        try:
            self._decoder = self._library.Decoder(
                fwdflat=False, bestpath=True, maxhmmpf=5000, maxwpf=40, loglevel="FATAL", **paths
            )
        except (RuntimeError, ValueError) as exc:
            raise EngineUnavailable(f"pocketsphinx cannot read its model: {exc}.") from exc

    def open(self, *, language: str, sample_rate_hz: int) -> PocketsphinxSession:
        if self._decoder is None:
            raise EngineUnavailable("The engine's model is not loaded.")
        if sample_rate_hz != RATE_HZ:
            raise ValueError(f"audio comes at {sample_rate_hz} Hz, not at {RATE_HZ}")
        vad = self._library.Vad(mode=VAD_MODE, sample_rate=RATE_HZ, frame_length=0.03)
        return PocketsphinxSession(self._decoder, vad)


def _mean_of(decoder: _Decoder, pcm: bytes) -> str:
    """The cepstral mean of ``pcm`` itself.

    The decoder only tells a mixture of the mean it was given and that of what it heard since, in
    proportions it keeps to itself. Two passes that start from 0 and from 1 show them: the results
    differ by the share ``a`` of the start, and the first of them is ``(1 - a)`` times the true mean.
    """
    low = _mixed_mean(decoder, pcm, 0)
    high = _mixed_mean(decoder, pcm, 100)
    heard = 1 - sum(b - a for a, b in zip(low, high, strict=True)) / 100 / len(low)
    return ",".join(f"{mean / heard:g}" for mean in low)


def _mixed_mean(decoder: _Decoder, pcm: bytes, start: int) -> list[float]:
    size = decoder.get_cmn().count(",") + 1
    decoder.set_cmn(",".join([str(start)] * size))
    decoder.start_utt()
    decoder.process_raw(pcm, no_search=True)
    mixed = decoder.get_cmn(update=True)
    decoder.end_utt()
    return [float(mean) for mean in mixed.split(",")]


def _is_word(name: str) -> bool:
    """Whether a name of the dictionary is a word, not silence, noise or a boundary."""
    return not name.startswith(("<", "[", "+"))


def _base(name: str) -> str:
    """A word without the number of its pronunciation: ``and`` for ``and(2)``."""
    return name.split("(")[0]


def _plain(hypothesis: str) -> str:
    return " ".join(_base(name) for name in hypothesis.split() if _is_word(name))
