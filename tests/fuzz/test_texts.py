"""Whatever people and programs write: one of our errors, or a value that fits where it goes."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from captions import languages, slugs
from captions.audio import BYTES_PER_SAMPLE
from captions.errors import BadChunk, BadField, BadMessage, Overrun
from captions.live import messages, wire
from captions.live.intake import Intake
from captions.live.messages import MAX_VERSION, Chunk, Since, Start, Stop
from captions.live.outbox import Outgoing
from captions.live.wire import Claimed, RoomEvent
from captions.plaintext import clean
from captions.speechserver.switches import BadSwitch, Switches
from captions.transcripts.filename import content_disposition, file_name
from captions.transcripts.formats import FORMATS
from tests.fuzz.effort import effort
from tests.fuzz.made import nearly, numbers, odd_bytes, said, texts, values
from voxweb import env

pytestmark = pytest.mark.timeout(0)

START = {"type": "start", "language": "en-US", "session": "b" * 32, "take_over": False}
STOP = {"type": "stop"}
SINCE = {"type": "since", "version": 1}
MAX_BYTES = 16 * 1024


@effort(150)
@given(said(START, STOP, SINCE))
def test_a_hosts_text_is_a_command_or_a_bad_message(text):
    try:
        command = messages.parse_host(text, max_bytes=MAX_BYTES)
    except BadMessage as exc:
        assert_can_be_told(exc)
        return
    if isinstance(command, Start):
        assert command.language is None or command.language.isascii()
        assert command.session is None or 0 < len(command.session) <= 64
        assert command.take_over in (True, False)
    else:
        assert isinstance(command, Stop) or 0 <= command.version <= MAX_VERSION


@effort(120)
@given(said(SINCE, STOP))
def test_a_viewers_text_is_a_since_or_a_bad_message(text):
    try:
        command = messages.parse_viewer(text, max_bytes=MAX_BYTES)
    except BadMessage as exc:
        assert_can_be_told(exc)
        return
    assert isinstance(command, Since)
    assert 0 <= command.version <= MAX_VERSION


def assert_can_be_told(error):
    """The error itself goes out as JSON in UTF-8, whatever it is about, and stays short."""
    text = messages.encode_error(error)
    assert len(text.encode()) < 1000
    assert json.loads(text)["code"] == error.code


@effort(120)
@given(odd_bytes | st.integers(31_990, 32_010).map(bytes), st.integers(1, 1000))
def test_a_binary_message_is_a_chunk_within_its_limits_or_a_bad_one(data, max_ms):
    try:
        chunk = messages.parse_chunk(data, max_ms=max_ms)
    except BadChunk:
        return
    assert 0 <= chunk.first_sample < 2**32
    assert 0 < len(chunk.pcm) <= max_ms * 32
    assert len(chunk.pcm) % BYTES_PER_SAMPLE == 0


@effort(120)
@given(st.none() | texts | st.integers().map(str))
def test_a_version_in_an_address_is_one_or_refused(text):
    try:
        version = messages.parse_version(text)
    except BadMessage:
        return
    assert version is None or 0 <= version <= MAX_VERSION


@effort(120)
@given(values)
def test_whatever_we_are_to_say_can_be_sent_as_utf_8(value):
    text = messages.encode({"type": "x", "value": value})
    text.encode()
    assert "\n" not in text, "an event stream would break a line there"


TOLD = wire.to_wire(
    RoomEvent(
        Outgoing("final", '{"type":"final"}', key="s/1", version=3),
        host=Outgoing("final", "{}"),
        session="s",
        live=True,
    ),
    "here",
)


@effort(150)
@given(
    nearly(TOLD, {"claimed": ["session", "lease"]}) | st.dictionaries(texts, values, max_size=3),
    st.lists(st.tuples(st.sampled_from(["out", "host"]), st.integers(0, 3), values), max_size=2),
)
def test_what_comes_over_the_channel_layer_is_an_event_or_nothing(message, spoilt):
    """Redis may be shared, and another release may speak; nothing that is accepted may break a hub later."""
    for name, at, value in spoilt:
        if isinstance(message.get(name), list) and len(message[name]) == 4:
            message[name] = [*message[name][:at], value, *message[name][at + 1 :]]
    told = wire.from_wire(message)
    if isinstance(told, Claimed):
        assert isinstance(told.session, str)
        assert isinstance(told.lease, str)
    elif told is not None:
        for out in filter(None, (told.out, told.host)):
            assert all(isinstance(value, str) for value in (out.type, out.text, out.key))
            assert isinstance(out.version, int)
            assert out.size_bytes >= 0
        assert isinstance(told.session, str)
        assert told.live in (None, True, False)
        hash(told.live)


@effort(150)
@given(texts, st.booleans())
def test_cleaned_text_is_plain_and_stays_as_it_is(text, lines):
    cleaned = clean(text, lines=lines)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert "\n" not in cleaned or lines
    assert clean(cleaned, lines=lines) == cleaned


@effort(150)
@given(texts | st.from_regex(r"[a-zA-Z]{1,9}([-_][a-zA-Z0-9]{1,9}){0,6}", fullmatch=True))
def test_a_language_is_spelt_the_usual_way_or_refused(text):
    try:
        tag = languages.normalise(text)
    except BadField as exc:
        assert_can_be_told(exc)
    else:
        assert tag.isascii()
        assert 0 < len(tag) <= languages.MAX_LENGTH
    languages.name(text), languages.own_name(text), languages.direction(text)


@effort(120)
@given(texts | st.from_regex(r"[a-z0-9-]{2,52}\n?", fullmatch=True))
def test_a_slug_is_safe_in_an_address_or_refused(text):
    try:
        slug = slugs.validate_slug(text)
    except BadField:
        return
    assert slug == text
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@effort(120)
@given(texts)
def test_a_title_makes_a_file_name_and_a_header(title):
    name = file_name(title, "srt")
    header = content_disposition(name)
    assert "/" not in name
    assert header.isascii()
    assert header.isprintable()


times = st.one_of(st.integers(0, 100_000), st.sampled_from([0, 1, 2**31 - 1]))
words = st.fixed_dictionaries(
    {"word": texts, "offset_ms": times, "duration_ms": times, "confidence": st.none() | st.floats(0, 1)}
)
segments = st.fixed_dictionaries(
    {
        "id": texts,
        "session": texts,
        "utterance": st.integers(1, 1000),
        "kind": st.sampled_from(["speech", "gap"]),
        "speaker": texts,
        "text": texts,
        "offset_ms": times,
        "duration_ms": times.filter(bool),
        "confidence": st.none() | st.floats(0, 1),
        "language": texts,
        "revision": st.integers(0, 3),
    },
    optional={"words": st.lists(words, max_size=6)},
)


@effort(150)
@given(st.lists(segments, max_size=6), texts, st.sampled_from(sorted(FORMATS)))
def test_every_transcript_can_be_written_in_every_format(rows, title, extension):
    whole = {
        "room": {"slug": "town-hall", "title": title, "language": "en-US"},
        "session": {
            "id": "s",
            "title": title,
            "language": title,
            "engine": title,
            "started_at": "2026-01-01T00:00:00+00:00",
            "ended_at": None,
        },
        "segments": rows,
    }
    text = FORMATS[extension].compose(whole)
    if extension == "json":
        assert len(json.loads(text)["segments"]) == len(rows)
    else:
        assert "\x00" not in text


@effort(120)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**32 - 1) | st.integers(0, 100_000),
            st.integers(1, 16_000),
            st.integers(0, 3_000_000),
            st.floats(0, 30),
        ),
        max_size=30,
    )
)
def test_an_intake_takes_or_refuses_and_never_admits_more_than_its_measure(steps):
    now_s, samples, admitted_ms = 0.0, 0, 0.0
    intake = Intake(rate=4.0, burst_ms=180_000, clock=lambda: now_s)
    for first, length, free, pause_s in steps:
        now_s += pause_s
        chunk = Chunk(first, bytes(2 * length))
        try:
            is_taken = intake.admits(chunk, samples=samples, free_samples=free)
        except (BadChunk, Overrun):
            continue
        if is_taken and chunk.end_sample > samples:
            admitted_ms += (chunk.end_sample - max(first, samples)) // 16
            samples = chunk.end_sample
        assert admitted_ms <= 180_000 + 4000 * now_s + 1


SWITCHES = sorted(Switches().as_contract())


@effort(150)
@given(st.dictionaries(st.sampled_from(SWITCHES), numbers, max_size=3) | st.dictionaries(texts, values))
def test_a_switch_of_the_speech_server_is_set_or_refused(changes):
    try:
        changed = Switches().changed(changes)
    except BadSwitch:
        return
    json.dumps(changed.as_contract())


KINDS = {
    "flag": env.flag,
    "whole": lambda name: env.whole(name, 5, low=1, high=65535),
    "text": env.text,
    "words": env.words,
    "choice": lambda name: env.choice(name, "a", "a", "b"),
    "base_url": lambda name: env.base_url(name, "ws://a", "ws", "wss"),
    "folder": lambda name: env.folder(name, Path("/tmp")),  # noqa: S108
}
in_environment = texts.map(lambda text: text.replace("\x00", "").encode("utf-8", "replace").decode())


@effort(150)
@given(st.sampled_from(sorted(KINDS)), in_environment, st.booleans())
def test_a_variable_is_read_or_refused_by_name(kind, value, is_file):
    name = "VOXWEB_FUZZED_FILE" if is_file else "VOXWEB_FUZZED"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)
        try:
            KINDS[kind]("VOXWEB_FUZZED")
        except ImproperlyConfigured as exc:
            assert "VOXWEB_FUZZED" in str(exc)  # noqa: PT017


@effort(60)
@given(st.binary(max_size=40))
def test_a_secret_in_a_file_is_read_or_refused_by_name(data):
    with pytest.MonkeyPatch.context() as patch, NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        patch.setenv("VOXWEB_FUZZED_FILE", file.name)
        try:
            env.text("VOXWEB_FUZZED")
        except ImproperlyConfigured as exc:
            assert "VOXWEB_FUZZED" in str(exc)  # noqa: PT017
