"""Speeches over real sockets, against the local speech server with each of its switches."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from websockets.asyncio.server import serve

from captions.errors import FaultKind, VoiceGarbled, VoiceLost, VoiceRefused, VoiceSilent
from captions.tts.events import Audio, Format, Piece, Timing, Waiting, Warned, Wire
from captions.tts.speaking import speak
from tests.captions.speechserver.processes import until
from tests.captions.tts.running import a_service, a_speech, spoken
from tests.speech import speech_server

TRANSPORTS = pytest.mark.parametrize("transport", ["websocket", "rest"])
TEXT = "The doors open at nine. Come early."
# The tone lasts 60 ms a character (voice-API contract, 8.3).
TEXT_MS = 60 * len(TEXT)
VARIANTS = [
    {},
    {"EMU_VN_TTS_WAV": "each"},
    {"EMU_VN_TTS_WAV": "none"},
    {"EMU_VN_TTS_FINAL": "data"},
    {"EMU_VN_TTS_START": "each"},
    {"EMU_VN_TTS_START": "final"},
    {"EMU_VN_TTS_JOIN": "space"},
]


@pytest.fixture
async def server():
    async with speech_server() as running:
        yield running


@TRANSPORTS
@pytest.mark.parametrize("rate_hz", [16000, 24000, 48000])
async def test_a_text_becomes_sound_of_one_format(server, transport, rate_hz):
    heard = await spoken(a_service(server.http_url), a_speech(TEXT, transport, sample_rate_hz=rate_hz))
    assert heard.formats == [Format("audio/pcm", rate_hz)]
    assert abs(len(heard.pcm) * 1000 // (2 * rate_hz) - TEXT_MS) <= 120
    assert any(heard.pcm)


@TRANSPORTS
@pytest.mark.parametrize("format_", ["pcm", "wav"])
async def test_it_is_the_same_sound_however_it_is_wrapped(server, transport, format_):
    plain = await spoken(a_service(server.http_url), a_speech(TEXT, transport))
    for switches in VARIANTS:
        server.configure(**switches)
        heard = await spoken(a_service(server.http_url), a_speech(TEXT, transport, format=format_))
        server.server.start_over()
        assert abs(len(heard.pcm) - len(plain.pcm)) <= 2 * 24 * 60 * 2, switches


@TRANSPORTS
async def test_the_timing_is_whole_and_in_order(server, transport):
    heard = await spoken(a_service(server.http_url), a_speech(TEXT, transport))
    timing = heard.timing
    assert 0 < timing.connect_ms <= timing.ready_ms <= timing.first_byte_ms <= timing.total_ms
    assert timing.audio_bytes == len(heard.pcm)
    assert timing.audio_ms == len(heard.pcm) // 48
    assert [event.first_byte_ms is not None for event in heard.of(Timing)][-1]


@TRANSPORTS
async def test_sound_comes_while_the_rest_is_still_being_made(server, transport):
    server.configure(EMU_TTS_PACE=1)
    began = asyncio.get_running_loop().time()
    async with aclosing(speak(a_service(server.http_url), a_speech(TEXT, transport))) as events:
        async for event in events:
            if isinstance(event, Audio):
                break
        assert server.server.speaker.speaking == 1
    assert (asyncio.get_running_loop().time() - began) * 1000 < TEXT_MS


@TRANSPORTS
async def test_a_listener_who_leaves_stops_the_service(server, transport):
    server.configure(EMU_TTS_PACE=1)
    async with aclosing(speak(a_service(server.http_url), a_speech(TEXT * 20, transport))) as events:
        async for event in events:
            if isinstance(event, Audio):
                break
    await until(lambda: not server.server.speaker.speaking and not server.open_connections)


@TRANSPORTS
async def test_a_cancelled_speech_stops_the_service(server, transport):
    server.configure(EMU_TTS_PACE=1)
    task = asyncio.create_task(spoken(a_service(server.http_url), a_speech(TEXT * 20, transport)))
    await until(lambda: server.server.speaker.speaking == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not server.server.speaker.speaking and not server.open_connections)


@TRANSPORTS
async def test_what_goes_over_the_wire_is_shown_without_key_and_audio(server, transport):
    heard = await spoken(a_service(server.http_url), a_speech(TEXT, transport))
    wires = heard.of(Wire)
    assert {wire.direction for wire in wires} == {"out", "in"}
    assert any("The doors open" in wire.body for wire in wires)
    assert not any("emu-key" in wire.body for wire in wires)
    assert max(len(wire.body) for wire in wires) < 1000
    assert [wire.at_ms for wire in wires] == sorted(wire.at_ms for wire in wires)


async def test_a_long_text_is_asked_for_in_pieces_and_each_is_told(server):
    text = "One sentence of many. " * 200
    heard = await spoken(a_service(server.http_url), a_speech(text, "rest"))
    pieces = heard.of(Piece)
    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.number, piece.of) for piece in pieces] == [(1, 3), (2, 3), (3, 3)]
    assert len(heard.formats) == 1


async def test_a_socket_is_sent_the_text_in_pieces_the_last_of_them_final(server):
    await spoken(a_service(server.http_url), a_speech("One sentence of many. " * 200))
    sent = [message for message in server.log()[0] if message.get("type") == "text"]
    assert [message["is_final"] for message in sent] == [False, False, True]


@TRANSPORTS
@pytest.mark.parametrize(
    ("key", "kind"),
    [("wrong", "auth"), ("", "auth"), ("emu-key-forbidden", "auth"), ("emu-key-quota", "quota")],
)
async def test_a_refused_key_says_what_to_do(server, transport, key, kind):
    with pytest.raises(VoiceRefused) as caught:
        await spoken(a_service(server.http_url, key, quota_give_up_s=0), a_speech(TEXT, transport))
    assert caught.value.kind == kind
    assert "VoxNexus" in str(caught.value)
    assert not key or key not in str(caught.value)
    assert "VOXNEXUS_API_KEY" in str(caught.value) or kind == "quota"


@pytest.mark.parametrize("switch", ["http403", "error_then_1008", "close_4401"])
async def test_every_way_of_refusing_a_key_is_understood(server, switch):
    server.configure(EMU_VN_BAD_KEY=switch)
    with pytest.raises(VoiceRefused) as caught:
        await spoken(a_service(server.http_url, "wrong"), a_speech(TEXT))
    assert caught.value.kind is FaultKind.AUTH


@TRANSPORTS
async def test_a_service_without_room_is_asked_again_when_it_says(server, transport):
    server.configure(EMU_TTS_REFUSE_STATUS=429, EMU_TTS_REFUSE_TIMES=2, EMU_VN_RETRY_AFTER=0)
    heard = await spoken(a_service(server.http_url), a_speech(TEXT, transport))
    assert [waiting.wait_s for waiting in heard.of(Waiting)] == [0, 0]
    assert heard.pcm


@TRANSPORTS
async def test_without_a_word_the_wait_doubles_until_it_is_too_long(server, transport):
    server.configure(EMU_TTS_REFUSE_STATUS=429)
    service = a_service(server.http_url, quota_wait_s=0.01, quota_give_up_s=0.04)
    waits = []

    async def note_waits():
        async for event in speak(service, a_speech(TEXT, transport)):
            if isinstance(event, Waiting):
                waits.append(event.wait_s)

    with pytest.raises(VoiceRefused):
        await note_waits()
    assert waits == [0.01, 0.02]


@TRANSPORTS
async def test_an_unknown_voice_is_refused_by_name(server, transport):
    speech = a_speech(TEXT, transport)
    object.__setattr__(speech, "voice", "vl-nobody")
    with pytest.raises(VoiceRefused) as caught:
        await spoken(a_service(server.http_url), speech)
    assert caught.value.upstream_code == "VOICE_NOT_FOUND"
    assert caught.value.kind is FaultKind.CONFIG


@TRANSPORTS
async def test_a_service_that_is_away_is_told_of(server, transport):
    with pytest.raises(VoiceLost, match="cannot be reached"):
        await spoken(a_service("http://127.0.0.1:9"), a_speech(TEXT, transport))


@TRANSPORTS
async def test_a_service_that_says_nothing_is_given_up(server, transport):
    server.configure(EMU_TTS_NOTHING=True)
    with pytest.raises(VoiceSilent, match=r"0\.3 s"):
        await spoken(
            a_service(server.http_url, first_byte_timeout_s=0.3, connect_timeout_s=0.3),
            a_speech(TEXT, transport),
        )
    await until(lambda: not server.open_connections)


async def test_a_socket_that_stalls_gives_what_was_heard_and_a_warning(server):
    server.configure(EMU_TTS_STALL_AFTER_MS=600)
    heard = await spoken(a_service(server.http_url, idle_timeout_s=0.3), a_speech(TEXT))
    assert len(heard.of(Warned)) == 1
    assert heard.pcm


async def test_a_request_that_stalls_is_given_up(server):
    server.configure(EMU_TTS_STALL_AFTER_MS=600)
    with pytest.raises(VoiceSilent):
        await spoken(a_service(server.http_url, idle_timeout_s=0.3), a_speech(TEXT, "rest"))


@TRANSPORTS
async def test_a_service_that_breaks_off_is_told_of(server, transport):
    server.configure(EMU_TTS_DROP_AFTER_MS=600)
    with pytest.raises(VoiceLost, match="broke off"):
        await spoken(a_service(server.http_url), a_speech(TEXT, transport))


@TRANSPORTS
async def test_garbage_is_told_of(server, transport):
    server.configure(EMU_TTS_GARBLE_AFTER_MS=600)
    with pytest.raises((VoiceGarbled, VoiceLost)):
        await spoken(a_service(server.http_url), a_speech(TEXT, transport))


async def test_a_voice_that_finishes_without_a_sound_is_told_of():
    async def nothing(socket):
        await socket.recv()
        await socket.send('{"type": "ready"}')
        await socket.recv()
        await socket.send('{"type": "audio", "data": "", "is_final": true}')
        await socket.wait_closed()

    async with serve(nothing, "127.0.0.1", 0) as service:
        port = service.sockets[0].getsockname()[1]
        with pytest.raises(VoiceGarbled, match="without a sound"):
            await spoken(a_service(f"http://127.0.0.1:{port}"), a_speech("?"))


@TRANSPORTS
async def test_errors_hang_on_nothing_that_holds_the_key(server, transport):
    with pytest.raises(VoiceRefused) as caught:
        await spoken(a_service(server.http_url, "a-wrong-key"), a_speech(TEXT, transport))
    error = caught.value
    while error is not None:
        assert "a-wrong-key" not in repr(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
