"""Every provider and transport against its emulation, with each of its switches, over real sockets."""

from __future__ import annotations

import asyncio
import io
from contextlib import aclosing

import pytest
import soundfile
from websockets.asyncio.server import serve

from captions.errors import FaultKind, VoiceGarbled, VoiceLost, VoiceRefused, VoiceSilent
from captions.tts import ssml
from captions.tts.events import Audio, Piece, Timing, Waiting, Warned, Wire
from captions.tts.providers import PROVIDERS
from captions.tts.speaking import speak
from tests.captions.speechserver.processes import until
from tests.captions.tts.running import a_service, a_speech, spoken
from tests.speech import speech_server

TEXT = "The doors open at nine. Come early."
# The tone lasts 60 ms a character (voice-API contract, 8.3).
TEXT_MS = 60 * len(TEXT)
VOICES = {"voxnexus": "vl-xiaoxiao", "voicemaker": "ai3-Aria", "vachana": "timbre-v2.5/Kaveri"}
LANGUAGES = {"voicemaker": "en-US", "vachana": "en-IN"}
WAYS = [(provider, way) for provider in PROVIDERS for way in PROVIDERS[provider].transports]
VARIANTS = {
    "voxnexus": [{"EMU_VN_TTS_WAV": "each"}, {"EMU_VN_TTS_WAV": "none"}, {"EMU_VN_TTS_FINAL": "data"}],
    "voicemaker": [
        *({"EMU_VM_WAV": value} for value in ("first", "none")),
        *({"EMU_VM_FINAL": value} for value in ("empty", "no_audio")),
    ],
    "vachana": [
        {"EMU_VA_FRAMES": frames, "EMU_VA_WAV": header, "EMU_VA_ODD": odd, "EMU_VA_SSE": events}
        for frames, events in (("binary", "docs"), ("json", "sdk"))
        for header in ("first", "each", "split", "none")
        for odd in (False, True)
    ],
}
EVERY_WAY = pytest.mark.parametrize(("provider", "way"), WAYS, ids=["-".join(way) for way in WAYS])


@pytest.fixture
async def server():
    async with speech_server() as running:
        yield running


def speech(provider, way, text=TEXT, **options):
    language = LANGUAGES.get(provider, "")
    return a_speech(text, way, provider=provider, voice=VOICES[provider], language=language, **options)


async def heard(server, provider, way, text=TEXT, *, key="emu-key", limits=None, **options):
    service = a_service(server.http_url, key, provider=provider, **(limits or {}))
    return await spoken(service, speech(provider, way, text, **options))


def rates(provider, way):
    return PROVIDERS[provider].options_for(way)["sample_rate_hz"].choices


@EVERY_WAY
async def test_a_text_becomes_sound_at_every_rate(server, provider, way):
    for rate_hz in rates(provider, way):
        found = await heard(server, provider, way, sample_rate_hz=rate_hz)
        assert [(f.media_type, f.rate_hz) for f in found.formats] == [("audio/pcm", rate_hz)]
        assert abs(len(found.pcm) * 1000 // (2 * rate_hz) - TEXT_MS) <= 120
        assert any(found.pcm)


@EVERY_WAY
async def test_it_is_the_same_sound_however_it_is_wrapped(server, provider, way):
    plain = await heard(server, provider, way)
    formats = [f for f in PROVIDERS[provider].options_for(way)["format"].choices if f in ("pcm", "wav")]
    for switches in VARIANTS[provider]:
        for format_ in formats:
            server.server.start_over()
            server.configure(**switches)
            found = await heard(server, provider, way, format=format_)
            assert found.pcm == plain.pcm, (switches, format_)


@EVERY_WAY
async def test_a_file_is_passed_on_as_it_is(server, provider, way):
    formats = PROVIDERS[provider].options_for(way)["format"].choices
    for format_ in set(formats) - {"pcm", "wav", "aac", "ulaw", "alaw"}:
        found = await heard(server, provider, way, format=format_)
        samples, rate_hz = soundfile.read(io.BytesIO(found.pcm))
        assert rate_hz == 24_000
        assert len(samples) / rate_hz == pytest.approx(TEXT_MS / 1000, abs=0.25)
        assert found.formats[0].media_type == {"mp3": "audio/mpeg"}.get(format_, "audio/ogg")
        assert found.timing.audio_ms is None


@pytest.mark.parametrize(("format_", "media_type"), [("ulaw", "audio/basic"), ("alaw", "audio/x-alaw-basic")])
async def test_companded_sound_has_its_length(server, format_, media_type):
    found = await heard(server, "voicemaker", "rest", format=format_, sample_rate_hz=8000)
    assert [(f.media_type, f.rate_hz) for f in found.formats] == [(media_type, 8000)]
    assert found.timing.audio_ms == pytest.approx(TEXT_MS, abs=2)


@EVERY_WAY
async def test_a_long_text_is_spoken_in_pieces_in_order(server, provider, way):
    text = "One sentence of many. " * 200
    found = await heard(server, provider, way, text)
    pieces = found.of(Piece)
    assert "".join(piece.text for piece in pieces) == text
    assert len(found.formats) == 1
    assert len(found.pcm) * 1000 // 48_000 == pytest.approx(60 * len(text), rel=0.01)
    if (provider, way) != ("voxnexus", "websocket"):
        assert len(pieces) > 1
        assert max(len(piece.text) for piece in pieces) <= PROVIDERS[provider].longest_characters


@EVERY_WAY
async def test_sound_comes_while_the_rest_is_still_being_made(server, provider, way):
    if (provider, way) == ("vachana", "rest"):
        pytest.skip("this endpoint answers once all of it is made")
    server.configure(EMU_TTS_PACE=1)
    service = a_service(server.http_url, provider=provider)
    async with aclosing(speak(service, speech(provider, way))) as events:
        async for event in events:
            if isinstance(event, Audio):
                break
        assert server.server.speaker.speaking == 1
    await until(lambda: not server.server.speaker.speaking and not server.open_connections)


@EVERY_WAY
async def test_a_cancelled_speech_stops_the_service(server, provider, way):
    server.configure(EMU_TTS_PACE=1)
    task = asyncio.create_task(heard(server, provider, way, TEXT * 20))
    await until(lambda: server.server.speaker.speaking == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not server.server.speaker.speaking and not server.open_connections)


@EVERY_WAY
async def test_the_timing_is_whole_and_in_order(server, provider, way):
    timing = (await heard(server, provider, way)).timing
    assert 0 < timing.connect_ms <= timing.ready_ms <= timing.first_byte_ms <= timing.total_ms
    assert isinstance(timing, Timing)


@EVERY_WAY
async def test_what_goes_over_the_wire_is_shown_without_key_and_audio(server, provider, way):
    wires = (await heard(server, provider, way)).of(Wire)
    assert {wire.direction for wire in wires} == {"out", "in"}
    assert any("The doors open" in wire.body for wire in wires)
    assert not any("emu-key" in wire.body for wire in wires)
    assert max(len(wire.body) for wire in wires) < 1_500


@EVERY_WAY
@pytest.mark.parametrize(
    ("key", "kind"),
    [("wrong", "auth"), ("", "auth"), ("emu-key-forbidden", "auth"), ("emu-key-quota", "quota")],
)
async def test_a_refused_key_says_what_to_do(server, provider, way, key, kind):
    with pytest.raises(VoiceRefused) as caught:
        await heard(server, provider, way, key=key, limits={"quota_give_up_s": 0})
    assert caught.value.kind == kind
    assert PROVIDERS[provider].label in str(caught.value)
    assert PROVIDERS[provider].key_variable in str(caught.value) or kind == "quota"
    assert not key or key not in str(caught.value)


@EVERY_WAY
async def test_a_service_without_room_is_asked_again_when_it_says(server, provider, way):
    server.configure(EMU_TTS_REFUSE_STATUS=429, EMU_TTS_REFUSE_TIMES=2, EMU_VN_RETRY_AFTER=0)
    found = await heard(server, provider, way)
    assert [waiting.wait_s for waiting in found.of(Waiting)] == [0, 0]
    assert found.pcm


@EVERY_WAY
async def test_an_unknown_voice_is_refused(server, provider, way):
    unknown = speech(provider, way)
    object.__setattr__(unknown, "voice", "nobody")
    with pytest.raises(VoiceRefused) as caught:
        await spoken(a_service(server.http_url, provider=provider), unknown)
    assert caught.value.kind is FaultKind.CONFIG


@EVERY_WAY
async def test_a_service_that_is_away_is_told_of(provider, way):
    with pytest.raises(VoiceLost, match="cannot be reached"):
        await spoken(a_service("http://127.0.0.1:9", provider=provider), speech(provider, way))


@EVERY_WAY
async def test_a_service_that_says_nothing_is_given_up(server, provider, way):
    server.configure(EMU_TTS_NOTHING=True)
    limits = {"first_byte_timeout_s": 0.3, "connect_timeout_s": 0.3}
    with pytest.raises(VoiceSilent, match=r"0\.3 s"):
        await heard(server, provider, way, limits=limits)
    await until(lambda: not server.open_connections)


@EVERY_WAY
async def test_a_service_that_breaks_off_is_told_of(server, provider, way):
    server.configure(EMU_TTS_DROP_AFTER_MS=600)
    with pytest.raises(VoiceLost):
        await heard(server, provider, way)


@EVERY_WAY
async def test_garbage_is_told_of(server, provider, way):
    server.configure(EMU_TTS_GARBLE_AFTER_MS=600)
    with pytest.raises((VoiceGarbled, VoiceLost)):
        await heard(server, provider, way)


@EVERY_WAY
async def test_a_stall_ends_in_a_warning_or_an_error(server, provider, way):
    server.configure(EMU_TTS_STALL_AFTER_MS=600)
    limits = {"idle_timeout_s": 1, "first_byte_timeout_s": 1}
    if way == "websocket":
        found = await heard(server, provider, way, limits=limits)
        # Binary frames of Vachana have no mark of their end, so that a silence is one (6.2, rule 3).
        assert len(found.of(Warned)) == (provider != "vachana")
        assert found.pcm
    else:
        with pytest.raises(VoiceSilent):
            await heard(server, provider, way, limits=limits)


@EVERY_WAY
async def test_errors_hang_on_nothing_that_holds_the_key(server, provider, way):
    with pytest.raises(VoiceRefused) as caught:
        await heard(server, provider, way, key="a-wrong-key")
    error = caught.value
    while error is not None:
        assert "a-wrong-key" not in repr(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


async def test_a_socket_that_only_falls_silent_has_ended(server):
    server.configure(EMU_VA_END="idle")
    found = await heard(server, "vachana", "websocket", limits={"idle_timeout_s": 1})
    assert len(found.pcm) * 1000 // 48_000 == pytest.approx(TEXT_MS, abs=120)
    assert not found.of(Warned)


async def test_a_strict_service_is_told_all_it_wants(server):
    server.configure(EMU_VA_STRICT=True)
    for way in PROVIDERS["vachana"].transports:
        assert (await heard(server, "vachana", way)).pcm


@pytest.mark.parametrize("frames", ["binary", "json"])
async def test_an_error_of_either_kind_says_why(server, frames):
    server.configure(EMU_VA_FRAMES=frames)
    speech_ = speech("vachana", "websocket")
    object.__setattr__(speech_, "voice", "timbre-v2.5/Nobody")
    with pytest.raises(VoiceRefused, match="unknown voice Nobody"):
        await spoken(a_service(server.http_url, provider="vachana"), speech_)


async def test_a_close_without_a_sound_is_an_error():
    async def close(socket):
        await socket.recv()

    async with serve(close, "127.0.0.1", 0) as service:
        url = f"http://127.0.0.1:{service.sockets[0].getsockname()[1]}"
        with pytest.raises(VoiceLost):
            await spoken(a_service(url, provider="vachana"), speech("vachana", "websocket"))


async def test_one_request_is_on_the_line_at_a_time_and_the_line_is_kept(server):
    await heard(server, "voicemaker", "websocket", "One sentence of many. " * 200)
    [visit] = server.log()
    assert len(visit) == 2


async def test_a_line_that_was_closed_for_idling_is_replaced_in_silence(server):
    server.configure(EMU_VM_IDLE_S=1)
    text = "One sentence of many. " * 200
    service = a_service(server.http_url, provider="voicemaker")
    pcm = b""
    slow = True
    async with aclosing(speak(service, speech("voicemaker", "websocket", text))) as events:
        async for event in events:
            if isinstance(event, Piece) and event.number == 1:
                continue
            if isinstance(event, Audio):
                pcm += event.data
                if slow and len(pcm) > 48 * 60 * 2_970:
                    # The first piece is nearly heard: whoever listens takes a breath.
                    slow = False
                    await until(lambda: not server.open_connections)
    assert len(pcm) * 1000 // 48_000 == pytest.approx(60 * len(text), rel=0.01)
    assert len(server.log()) == 2


async def test_too_many_requests_of_one_key_are_waited_for(server):
    server.configure(EMU_TTS_PACE=1)
    service = a_service(server.http_url, provider="voicemaker", quota_wait_s=0.01)
    holding = [
        asyncio.create_task(spoken(service, speech("voicemaker", "websocket", TEXT * 9))) for _ in range(20)
    ]
    await until(lambda: server.server.speaker.speaking == 20)
    waits = asyncio.Event()

    async def one_more():
        async for event in speak(service, speech("voicemaker", "websocket", "Hi.")):
            if isinstance(event, Waiting):
                waits.set()

    more = asyncio.create_task(one_more())
    await waits.wait()
    for each in holding:
        each.cancel()
    await more
    assert {type(ended) for ended in await asyncio.gather(*holding, return_exceptions=True)} == {
        asyncio.CancelledError
    }


@pytest.mark.parametrize("way", ["websocket", "rest"])
async def test_tags_are_not_broken_and_not_told(server, way):
    sentence = 'One <emphasis level="strong">of</emphasis> many. '
    text = f'<speak><prosody rate="fast">{sentence * 100}</prosody></speak>'
    found = await heard(server, "voicemaker", way, text, ssml=True)
    sent = [message["Text"] for visit in server.log() for message in visit]
    assert len(sent) > 1
    for piece in sent:
        ssml.check(piece)
        assert len(piece) <= 3_000
    pieces = found.of(Piece)
    assert "".join(piece.text for piece in pieces) == "One of many. " * 100
    assert [piece.characters for piece in pieces] == [len(piece) for piece in sent]


@pytest.mark.parametrize("vocabulary", ["docs", "sdk"])
async def test_each_event_is_shown_with_its_audio_by_its_size(server, vocabulary):
    server.configure(EMU_VA_SSE=vocabulary)
    found = await heard(server, "vachana", "sse")
    events = [wire.body for wire in found.of(Wire) if wire.kind == "sse"]
    assert sum("bytes of audio" in body for body in events) == 11
    assert events[-1].startswith({"docs": "event: completed", "sdk": "event: complete"}[vocabulary])
    assert max(map(len, events)) < 120
