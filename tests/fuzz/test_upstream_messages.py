"""Whatever the speech service says, in any order: an event or ``UpstreamGarbled``, and captions in order."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from captions.audio import ms_to_samples
from captions.errors import BadChunk, FaultKind, UpstreamGarbled
from captions.live import messages
from captions.relay.scribe import Scribe
from captions.speechserver.engines.base import Transcript
from captions.speechserver.protocol import Close, Feed, Finish, Send, Server, SttProtocol
from captions.speechserver.switches import Switches
from captions.stt.codec import Codec, LlmTransform
from captions.stt.events import Final, Interim, LlmDelta, Ready, Unknown
from captions.upstream.faults import Fault, classify, retry_after_s
from captions.upstream.voxnexus import read_error
from tests.fuzz.effort import effort
from tests.fuzz.made import odd_bytes, said, texts

pytestmark = pytest.mark.timeout(0)

WORD = {"word": "hello", "offset": 0, "duration": 300, "confidence": 0.5}
RIGHT = (
    {"type": "ready", "request_id": "r", "language": "en-US"},
    {"type": "transcript", "is_final": False, "text": "hel", "offset": 0, "duration": 300},
    {"type": "transcript", "is_final": True, "text": "hello", "offset": 0, "duration": 900, "words": [WORD]},
    {"type": "transcript", "is_final": True, "text": "hello", "segment_id": "seg", "confidence": 0.9},
    {"type": "partial", "text": "hel", "start_time_ms": 5},
    {"type": "final", "text": "hello", "end_time_ms": 900},
    {"type": "llm", "segment_id": "seg", "delta": "h", "is_final": True},
    {"type": "flush_done", "request_id": "r"},
    {"type": "pong"},
    {"type": "error", "error": "no", "code": "RATE_LIMITED"},
    {"type": "error", "error": {"message": "no", "code": "x"}},
)
codec = Codec(model="m", language="en-US")


def in_bytes(text):
    return text.encode("utf-8", "surrogatepass")


@effort(300)
@given(said(*RIGHT) | odd_bytes)
def test_a_message_is_an_event_or_garbled(message):
    try:
        event = codec.decode(message)
    except UpstreamGarbled as exc:
        messages.encode_error(exc).encode()
        return
    match event:
        case Interim() | Final():
            assert isinstance(event.text, str)
            assert isinstance(event.language, str)
            for ms in (event.offset_ms, event.duration_ms):
                assert ms is None or (type(ms) is int and ms >= 0)
        case Fault():
            assert len(event.message) <= 300
            assert event.message.isprintable()
            messages.encode_error(UpstreamGarbled(event.message)).encode()
        case LlmDelta() | Ready() | Unknown():
            repr(event)


@effort(120)
@given(
    st.binary(max_size=100)
    | said({"error": "no", "code": "X"}, {"error": {"message": "m", "code": 5}}).map(in_bytes)
)
def test_the_body_of_a_refusal_is_a_fault_or_nothing(body):
    fault = read_error(body)
    assert fault is None or fault.kind in FaultKind


@effort(120)
@given(texts, texts, st.none() | st.integers(0, 999))
def test_every_refusal_is_of_a_kind(code, message, status):
    assert classify(code, message, status) in FaultKind


@effort(120)
@given(
    texts
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,9} [A-Z][a-z]{2} \d{1,6} \d{1,3}:\d\d:\d\d [-+A-Z0-9]{1,12}")
    | st.sampled_from(["Wed, 21 Oct 99999 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 +9999", "0" * 400])
)
def test_a_wish_to_be_asked_later_is_a_number_of_seconds_or_none(value):
    wish_s = retry_after_s(value)
    assert wish_s is None or wish_s >= 0


@effort(100)
@given(st.binary(max_size=64), texts, texts, st.none() | st.integers())
def test_what_we_say_is_json_whatever_is_asked_for(pcm, model, language, tokens):
    writer = Codec(model=model, language=language, llm=LlmTransform(prompt=model, max_tokens=tokens))
    assert json.loads(writer.init())["type"] == "init"
    for text in (writer.flush(), writer.ping()):
        json.loads(text)
    try:
        assert json.loads(writer.audio(pcm))["type"] == "audio"
    except BadChunk:
        assert len(pcm) % 2


class Writing(RuleBasedStateMachine):
    """A session's captions, while audio comes, is lost, is sent again, and anything is said about it."""

    def __init__(self):
        super().__init__()
        self.scribe = Scribe(language="en-US", first_sample=0, next_utterance=1)
        self.now = self.cursor = self.heard = 0
        self.captions = []

    @initialize(at_ms=st.sampled_from([0, 0, 60_000]))
    def begin(self, at_ms):
        self.now = self.cursor = self.heard = ms_to_samples(at_ms)
        self.scribe = Scribe(language="en-US", first_sample=self.now, next_utterance=3)
        self.scribe.timeline.connected(self.cursor)

    @rule(samples=st.integers(1, 3200) | st.sampled_from([1600, 16_000, 160_000]))
    def send(self, samples):
        self.scribe.timeline.sent(self.cursor, samples)
        self.cursor += samples
        self.now = max(self.now, self.cursor)

    @rule(message=said(*RIGHT))
    def say(self, message):
        try:
            event = codec.decode(message)
        except UpstreamGarbled:
            return
        if isinstance(event, Interim):
            caption = self.scribe.interim(event)
            assert caption is None or caption.text
        elif isinstance(event, Final):
            self.keep(self.scribe.final(event))

    @rule(
        offset=st.none() | st.integers(0, 200_000),
        length=st.none() | st.integers(0, 20_000),
        text=st.sampled_from(["a", "b", ""]),
    )
    def say_a_final(self, offset, length, text):
        self.keep(self.scribe.final(Final(text, offset, length)))

    @rule()
    def answer_a_flush(self):
        self.scribe.flushed(self.cursor)

    @rule(samples=st.integers(1, 100_000))
    def lose(self, samples):
        self.scribe.flushed(self.cursor)
        start = self.scribe.heard
        self.cursor = start + samples
        self.now = max(self.now, self.cursor)
        self.keep(self.scribe.gap(start, self.cursor))

    @rule()
    def connect_again(self):
        self.scribe.withdrawn()
        self.cursor = self.scribe.heard
        self.scribe.timeline.connected(self.cursor)

    def keep(self, caption):
        if caption is None:
            return
        self.captions.append(caption)
        end_ms = caption.offset_ms + caption.duration_ms
        assert caption.duration_ms >= 1
        # A caption is longer than nothing, also where nothing, or less than a millisecond, was sent.
        assert end_ms <= max(self.now // 16, caption.offset_ms + 1)
        for word in getattr(caption, "words", ()):
            assert caption.offset_ms <= word.offset_ms
            assert word.offset_ms + word.duration_ms <= end_ms

    @invariant()
    def captions_are_numbered_and_in_order(self):
        numbers = [caption.utterance for caption in self.captions]
        assert numbers == list(range(3, 3 + len(numbers)))
        starts = [caption.offset_ms for caption in self.captions]
        assert all(after >= before - 1 for before, after in pairwise(starts))

    @invariant()
    def what_was_heard_stays_heard_and_was_sent(self):
        assert self.heard <= self.scribe.heard <= self.now
        self.heard = self.scribe.heard


INIT = {
    "type": "init",
    "model_id": "vn-stt-basic",
    "format": "pcm",
    "sample_rate": 16000,
    "language": "en-US",
    "enable_timestamps": True,
}
TRANSFORM = {
    **INIT,
    "enable_llm_transform": True,
    "llm_prompt": "p",
    "llm_mode": "post_flush",
    "llm_max_tokens": 5,
    "llm_full_text": True,
}
AUDIO = {"type": "audio", "data": "AAAA" * 200}
FLUSH = {"type": "command", "command": "flush"}
SERVERS = [
    {},
    {"shape": "legacy_messages"},
    {"shape": "old", "pong": "error", "request_id": "per_recognition"},
    {"drop_after_ms": 150},
    {"error_after_ms": 90},
    {"stall_after_ms": 200, "garble_after_ms": 50},
    {"no_flush_done": True, "full_llm_order": "before_flush_done", "llm_fail": "midway"},
]
SPOKEN = {"ready", "transcript", "partial", "final", "llm", "flush_done", "pong", "error"}


class Serving(RuleBasedStateMachine):
    """The local speech server: any client, any switches, and a recogniser that answers when it can."""

    @initialize(switches=st.sampled_from(SERVERS), may_transform=st.booleans())
    def begin(self, switches, may_transform):
        made = Switches().changed(switches)
        server = Server(
            switches=lambda: made,
            languages=("en-US", "de-DE"),
            engine="scripted",
            next_request_id=lambda: "r",
        )
        self.protocol = SttProtocol(server, may_transform=may_transform)
        self.flushes = self.fed = 0

    @rule(text=said(INIT, TRANSFORM, AUDIO, FLUSH, {"type": "ping"}, {"type": "end"}))
    def say(self, text):
        self.does(self.protocol.receive_text(text))

    @rule(body=st.sampled_from([INIT, TRANSFORM, AUDIO, AUDIO, FLUSH]))
    def say_it_right(self, body):
        self.does(self.protocol.receive_text(json.dumps(body)))

    @rule()
    def say_bytes(self):
        self.does(self.protocol.receive_binary())

    @rule()
    def find_a_recogniser(self):
        self.does(self.protocol.opened())

    @rule(text=texts, offset_ms=st.integers(0, 10_000), is_final=st.booleans())
    def recognise(self, text, offset_ms, is_final):
        heard = Transcript(text, is_final=is_final, offset_ms=offset_ms, duration_ms=100)
        self.does(self.protocol.heard([heard], self.fed))

    @precondition(lambda self: self.flushes)
    @rule(text=texts)
    def finish(self, text):
        self.flushes -= 1
        last = Transcript(text, is_final=True, offset_ms=0, duration_ms=100)
        self.does(self.protocol.finished([last]))

    @rule(what=st.sampled_from(["init", "idle", "session"]))
    def run_out_of_time(self, what):
        self.does(self.protocol.expired(what))

    @rule()
    def lose_the_recogniser(self):
        self.does(self.protocol.failed())

    def does(self, actions):
        for action in actions:
            match action:
                case Send(message=message, raw=raw):
                    json.dumps(message)
                    assert raw or message["type"] in SPOKEN
                case Feed(pcm=pcm):
                    assert pcm
                    assert len(pcm) % 2 == 0
                    self.fed += len(pcm) // 2
                case Finish():
                    self.flushes += 1
                case Close(code=code):
                    assert code in (1000, 1008, 1011, 1013)


TestWriting = Writing.TestCase
TestWriting.settings = effort(40, steps=40)
TestServing = Serving.TestCase
TestServing.settings = effort(40, steps=30)
