"""Voicemaker's endpoints over real sockets (voice-API contract, 5 and 8.5)."""

import base64
import io
import json
from contextlib import asynccontextmanager

import httpx
import pytest
import soundfile
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from captions.speechserver.vendors.voicemaker_talk import Requests
from tests.captions.speechserver.processes import until
from tests.speech import speech_server

PATH = "/api/v1/voice/convert"
TEXT = "Boarding starts in ten minutes."
ORDER = {
    "VoiceId": "ai3-Aria",
    "LanguageCode": "en-US",
    "Text": TEXT,
    "OutputFormat": "wav",
    "SampleRate": "24000",
}
PCM_BYTES = len(TEXT) * 60 * 24 * 2
"""What the tone makes of it."""


@pytest.fixture
async def server():
    async with speech_server() as running:
        yield running


def bearer(key="emu-key"):
    return {"Authorization": f"Bearer {key}"} if key else {}


@asynccontextmanager
async def talking(server, key="emu-key"):
    async with connect(server.url + PATH, additional_headers=bearer(key)) as socket:
        yield socket


async def say(socket, **more):
    order = {name: value for name, value in {**ORDER, **more}.items() if value is not None}
    await socket.send(json.dumps(order))


async def hear(socket):
    return json.loads(await socket.recv())


async def reply(socket):
    messages = [await hear(socket)]
    while not messages[-1].get("isFinal"):
        messages.append(await hear(socket))
    return messages


def audio(message):
    return base64.b64decode(message.get("audio", ""))


def pcm(messages):
    chunks = map(audio, messages)
    return b"".join(chunk[44:] if chunk.startswith(b"RIFF") else chunk for chunk in chunks)


async def asked(server, path=PATH, key="emu-key", *, body=None, **more):
    async with httpx.AsyncClient(headers=bearer(key), trust_env=False) as http:
        return await http.post(server.http_url + path, json={**ORDER, **more} if body is None else body)


async def test_chunks_have_a_quarter_of_a_second_and_a_header_each(server):
    async with talking(server) as socket:
        await say(socket)
        messages = await reply(socket)
    assert all(message["success"] for message in messages)
    assert [audio(message)[:4] for message in messages] == [b"RIFF"] * len(messages)
    assert len(audio(messages[0])) == 44 + 24 * 250 * 2
    assert len(pcm(messages)) == PCM_BYTES
    assert [message.get("isFinal", False) for message in messages] == [False] * (len(messages) - 1) + [True]


@pytest.mark.parametrize("wav", ["each", "first", "none"])
@pytest.mark.parametrize("final", ["data", "empty", "no_audio"])
async def test_it_is_the_same_audio_with_each_switch(server, wav, final):
    server.configure(EMU_VM_WAV=wav, EMU_VM_FINAL=final)
    async with talking(server) as socket:
        await say(socket)
        messages = await reply(socket)
    assert len(pcm(messages)) == PCM_BYTES
    headers = sum(audio(message).startswith(b"RIFF") for message in messages)
    assert headers == {"none": 0, "first": 1, "each": len(messages) - (final != "data")}[wav]
    assert ("audio" in messages[-1]) == (final != "no_audio")
    assert bool(audio(messages[-1])) == (final == "data")


async def test_mp3_is_the_default_and_is_cut_anywhere(server):
    async with talking(server) as socket:
        await say(socket, OutputFormat=None)
        messages = await reply(socket)
    data = b"".join(map(audio, messages))
    samples, rate_hz = soundfile.read(io.BytesIO(data))
    assert rate_hz == 24_000
    assert len(samples) / rate_hz == pytest.approx(len(TEXT) * 0.06, abs=0.25)
    assert {len(audio(message)) for message in messages[:-1]} == {1_000}


FAULTS = {
    "text": ({"Text": None}, "Text is required"),
    "blank": ({"Text": " "}, "Text is required"),
    "voice": ({"VoiceId": None}, "VoiceId is required"),
    "language": ({"LanguageCode": None}, "LanguageCode is required"),
    "another-language": ({"LanguageCode": "de-DE"}, "LanguageCode of ai3-Aria is en-US"),
    "unknown-voice": ({"VoiceId": "ai3-Nobody"}, "not known"),
    "format": ({"OutputFormat": "ogg"}, "OutputFormat must be"),
    "rate": ({"SampleRate": "8000"}, "SampleRate must be"),
    "engine": ({"Engine": "best"}, "Engine must be"),
    "settings": ({"MasterSettings": "v3"}, "MasterSettings must be"),
    "speed": ({"MasterSpeed": "101"}, "MasterSpeed must be between -100 and 100"),
    "pitch": ({"MasterPitch": "high"}, "MasterPitch must be"),
    "volume": ({"MasterVolume": 21}, "MasterVolume must be between -20 and 20"),
    "effect": ({"Effect": "singing"}, "Effect singing"),
    "stability": ({"VoiceId": "proplus-Mia", "LanguageCode": "multi-lang", "Stability": 101}, "Stability"),
    "not-pro-plus": ({"Stability": 50}, "Stability is for ProPlus"),
    "accent": ({"AccentCode": "en-GB"}, "AccentCode is for multilingual"),
    "voxfx": ({"VoxFx": {"presetId": "hall"}}, "VoxFx is not supported"),
    "too-long": ({"Text": "a" * 3_001}, "at most 3000"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_told_and_the_socket_stays(server, name):
    more, said = FAULTS[name]
    async with talking(server) as socket:
        await say(socket, **more)
        failure = await hear(socket)
        assert (failure["success"], failure["message"]) == (False, "Validation error")
        assert any(said in error for error in failure["errors"])
        assert "isFinal" not in failure
        await say(socket)
        assert len(pcm(await reply(socket))) == PCM_BYTES


async def test_every_fault_is_an_entry(server):
    async with talking(server) as socket:
        await socket.send("{}")
        assert len((await hear(socket))["errors"]) == 3
        await socket.send("[")
        assert await hear(socket) == {"success": False, "message": "Invalid JSON"}
        await socket.send(b"binary")
        assert (await hear(socket))["success"] is False


async def test_numbers_may_be_numbers_and_change_the_sound(server):
    async with talking(server) as socket:
        await say(socket, MasterSpeed=100, SampleRate=24_000)
        assert len(pcm(await reply(socket))) == pytest.approx(PCM_BYTES / 2, abs=4)


@pytest.mark.parametrize(
    ("switch", "more"), [("vm_long_text", {"Text": "a" * 3_001}), ("vm_voxfx", {"VoxFx": {}})]
)
async def test_what_is_refused_may_be_taken(server, switch, more):
    server.configure(**{switch: {"vm_long_text": "split", "vm_voxfx": "ignore"}[switch]})
    async with talking(server) as socket:
        await say(socket, **more)
        assert (await reply(socket))[-1]["isFinal"]


async def test_two_requests_at_once_are_answered_one_after_the_other(server):
    async with talking(server) as socket:
        await say(socket)
        await say(socket, Text="Short.")
        assert len(pcm(await reply(socket))) == PCM_BYTES
        assert len(pcm(await reply(socket))) == len("Short.") * 60 * 48


async def test_a_key_has_no_more_than_twenty_requests_open(server):
    server.configure(EMU_TTS_PACE=1)
    async with talking(server) as socket, talking(server) as another:
        for _ in range(Requests.most):
            await say(socket, Text="Hi.")
        await until(lambda: server.taken() == Requests.most)
        await say(another)
        assert await hear(another) == {"success": False, "message": "Concurrent request limit reached"}
        server.configure(EMU_TTS_PACE=0)
        for _ in range(Requests.most):
            await reply(socket)
        await say(another)
        assert (await reply(another))[-1]["isFinal"]


async def test_requests_of_a_client_that_left_are_no_longer_open(server):
    server.configure(EMU_TTS_PACE=1)
    async with talking(server) as socket:
        for _ in range(Requests.most):
            await say(socket)
        await until(lambda: server.taken() == Requests.most)
    await until(lambda: not server.open_connections)
    async with talking(server) as socket:
        await say(socket, Text="Hi.")
        assert (await hear(socket))["success"]


async def test_an_idle_socket_is_closed_and_pings_do_not_help(server):
    server.configure(EMU_VM_IDLE_S=0.3, EMU_VM_IDLE_CODE=4000)
    async with talking(server) as socket:
        await (await socket.ping())
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
    assert caught.value.rcvd.code == 4000


async def test_a_running_reply_is_no_idleness(server):
    server.configure(EMU_VM_IDLE_S=0.6, EMU_TTS_PACE=1)
    async with talking(server) as socket:
        await say(socket)
        assert len(pcm(await reply(socket))) == PCM_BYTES


KEYS = [("", 401), ("wrong", 401), ("emu-key-forbidden", 403), ("emu-key-quota", 429)]


@pytest.mark.parametrize(("key", "status"), KEYS)
async def test_a_bad_key_is_refused_at_the_handshake_and_over_http(server, key, status):
    with pytest.raises(InvalidStatus) as caught:
        await connect(server.url + PATH, additional_headers=bearer(key))
    assert caught.value.response.status_code == status
    answer = await asked(server, key=key)
    assert (answer.status_code, answer.json()["success"]) == (status, False)
    if status == 401:
        assert answer.json() == {"success": False, "message": "Unauthorized"}


@pytest.mark.parametrize("format_", ["mp3", "wav", "ogg", "opus", "ulaw", "alaw"])
@pytest.mark.parametrize("kind", ["stream", "file"])
async def test_rest_gives_each_format_as_a_stream_or_a_file(server, format_, kind):
    answer = await asked(server, OutputFormat=format_, ResponseType=kind, SampleRate="8000")
    if kind == "file":
        told = answer.json()
        assert (told["success"], told["usedChars"]) == (True, len(TEXT))
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(told["path"])
    assert answer.status_code == 200
    if format_ in ("ulaw", "alaw"):
        assert len(answer.content) == pytest.approx(len(TEXT) * 60 * 8, abs=2)
    else:
        samples, rate_hz = soundfile.read(io.BytesIO(answer.content))
        assert len(samples) / rate_hz == pytest.approx(len(TEXT) * 0.06, abs=0.3)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"VoxFx": {"dryWet": 30}}, "VoxFx.presetId"),
        ({"VoxFx": {"presetId": "hall", "dryWet": 101}}, "VoxFx.dryWet"),
        ({"VoxFx": "hall"}, "VoxFx must be"),
        ({"ResponseType": "stream", "CustomFileName": "a"}, "CustomFileName"),
        ({"FileStore": 241}, "FileStore"),
        ({"OutputFormat": "aac"}, "aac"),
        ({"OutputFormat": "opus", "SampleRate": "44100"}, "SampleRate"),
    ],
    ids=["preset", "mix", "no-object", "name-and-stream", "hours", "aac", "opus-rate"],
)
async def test_faults_over_rest_are_told_with_400(server, more, said):
    answer = await asked(server, **more)
    assert answer.status_code == 400
    assert any(said in error for error in answer.json()["errors"])


async def test_effects_are_taken_over_rest(server):
    answer = await asked(server, VoxFx={"presetId": "hall", "dryWet": 40}, ResponseType="stream")
    assert answer.status_code == 200


async def test_voices_are_listed_and_filtered(server):
    path = "/api/v1/voice/list"
    everyone = (await asked(server, path, body={})).json()["data"]["voices_list"]
    assert {"ai3-Jony", "ai3-Aria", "pro1-Ana", "proplus-Mia"} <= {voice["VoiceId"] for voice in everyone}
    german = (await asked(server, path, body={"language": "de-DE"})).json()["data"]["voices_list"]
    assert {voice["Language"] for voice in german} == {"de-DE"}
    assert (await asked(server, path, body={"language": 3})).status_code == 400
    async with httpx.AsyncClient(headers=bearer(), trust_env=False) as http:
        effects = (await http.get(server.http_url + "/api/v1/effects/voxfx")).json()
    assert effects["success"]
    assert effects["data"]


async def test_every_listed_voice_speaks(server):
    everyone = (await asked(server, "/api/v1/voice/list", body={})).json()["data"]["voices_list"]
    for voice in everyone:
        more = {"VoiceId": voice["VoiceId"], "LanguageCode": voice["Language"], "ResponseType": "stream"}
        for effect in voice.get("VoiceEffects", ["default"]):
            answer = await asked(server, Effect=effect, **more)
            assert answer.status_code == 200, voice


async def test_the_key_is_not_in_the_log(server):
    async with talking(server) as socket:
        await say(socket)
        await reply(socket)
    await asked(server)
    assert "emu-key" not in json.dumps(server.log())
