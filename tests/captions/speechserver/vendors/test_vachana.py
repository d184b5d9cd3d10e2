"""Vachana's endpoints over real sockets (voice-API contract, 6 and 8.6)."""

import base64
import io
import json
from contextlib import asynccontextmanager

import httpx
import pytest
import soundfile
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from captions.speechserver.vendors.vachana_voices import MODELS
from tests.speech import speech_server

TEXT = "Namaste, the meeting begins."
AUDIO = {
    "sample_rate": 24_000,
    "num_channels": 1,
    "sample_width": 2,
    "encoding": "linear_pcm",
    "container": "wav",
}
ORDER = {
    "text": TEXT,
    "voice": "Sia",
    "language": "IND-IN",
    "model": "vachana-voice-v1",
    "audio_config": AUDIO,
}
PCM_BYTES = len(TEXT) * 60 * 24 * 2
"""What the tone makes of it."""
HEADERS = {"X-API-Key-ID": "emu-key", "Content-Type": "application/json"}


@pytest.fixture
async def server():
    async with speech_server() as running:
        yield running


def order(**more):
    audio = {**AUDIO, **more.pop("audio", {})}
    found = {**ORDER, "audio_config": audio, **more}
    return {name: value for name, value in found.items() if value is not None}


@asynccontextmanager
async def talking(server, headers=HEADERS):
    async with connect(server.url + "/api/v1/tts", additional_headers=headers) as socket:
        yield socket


async def frames(socket):
    """All that comes until the server closes."""
    found = []
    try:
        while True:
            found.append(await socket.recv())
    except ConnectionClosed as exc:
        return found, exc.rcvd.code


async def messages(socket):
    """All that comes until an end is told."""
    found = [json.loads(await socket.recv())]
    while found[-1]["type"] not in ("complete", "error"):
        found.append(json.loads(await socket.recv()))
    return found


async def asked(server, path, headers=HEADERS, **more):
    async with httpx.AsyncClient(headers=headers, trust_env=False) as http:
        return await http.post(f"{server.http_url}/api/v1/tts/{path}", content=json.dumps(order(**more)))


def without_headers(chunks):
    return b"".join(chunk[44:] if chunk.startswith(b"RIFF") else chunk for chunk in chunks)


async def test_binary_frames_end_with_the_connection(server):
    async with talking(server) as socket:
        await socket.send(json.dumps(order()))
        found, code = await frames(socket)
    assert code == 1000
    assert len(found[0]) == 44
    assert len(without_headers(found)) == PCM_BYTES


@pytest.mark.parametrize(("header", "first"), [("each", 44 + 9_600), ("split", 20), ("none", 9_600)])
async def test_headers_stand_where_they_are_set(server, header, first):
    server.configure(EMU_VA_WAV=header)
    async with talking(server) as socket:
        await socket.send(json.dumps(order()))
        found, _ = await frames(socket)
    assert len(found[0]) == first
    if header == "split":
        found = [found[0] + found[1], *found[2:]]
    assert len(without_headers(found)) == PCM_BYTES


async def test_frames_may_be_cut_within_a_sample(server):
    server.configure(EMU_VA_ODD=True)
    async with talking(server) as socket:
        await socket.send(json.dumps(order()))
        found, _ = await frames(socket)
    assert len(found[1]) % 2 == 1
    assert len(without_headers(found)) == PCM_BYTES


async def test_messages_tell_their_end_and_the_socket_stays(server):
    server.configure(EMU_VA_FRAMES="json")
    async with talking(server) as socket:
        for number in (1, 2):
            await socket.send(json.dumps(order()))
            first, *audio, last = await messages(socket)
            assert first == {
                "type": "start",
                "request_id": f"req_emu_{number:06d}",
                "message": "stream opened",
            }
            assert last == {"type": "complete", "request_id": first["request_id"], "data": None}
            assert [message["data"]["chunk_index"] for message in audio] == list(range(len(audio)))
            chunks = [base64.b64decode(message["data"]["audio"]) for message in audio]
            assert len(without_headers(chunks)) == PCM_BYTES


FAULTS = {
    "text": ({"text": ""}, "text is required"),
    "too-long": ({"text": "a" * 5_001}, "at most 5000"),
    "model": ({"model": "timbre-v9"}, "unknown model"),
    "voice": ({"voice": "Nobody"}, "unknown voice"),
    "language": ({"model": "timbre-v2.0", "voice": "Pranav"}, "not accepted"),
    "rate": ({"audio": {"sample_rate": 11_025}}, "sample_rate"),
    "channels": ({"audio": {"num_channels": 9}}, "num_channels"),
    "width": ({"audio": {"sample_width": 5}}, "sample_width"),
    "ogg": ({"audio": {"encoding": "oggopus", "container": "ogg"}}, "oggopus"),
    "mulaw-rate": ({"audio": {"encoding": "pcm_mulaw", "container": "raw"}}, "8000"),
    "bit-rate": ({"audio": {"bitrate": "96k"}}, "bitrate"),
    "speed": ({"speed": 1.1}, "speed is not accepted"),
    "speed-range": (
        {"model": "timbre-v2.5", "voice": "Kaveri", "language": "en-IN", "speed": 1.2},
        "from 0.85",
    ),
    "embedding": ({"model": "vachana-vc-v1", "language": None}, "speaker_embedding"),
    "audio-config": ({"audio_config": 3}, "audio_config"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_told_in_each_kind_of_frames_and_over_http(server, name):
    more, said = FAULTS[name]
    async with talking(server) as socket:
        await socket.send(json.dumps(order(**more)))
        [message], code = await frames(socket)
    error = json.loads(message)
    assert code == 1008
    assert (error["success"], error["error"]["type"]) == (False, "INVALID_REQUEST_ERROR")
    assert said in error["error"]["message"]
    server.configure(EMU_VA_FRAMES="json")
    async with talking(server) as socket:
        await socket.send(json.dumps(order(**more)))
        [message] = await messages(socket)
        assert message["type"] == "error"
        await socket.send(json.dumps(order()))
        assert (await messages(socket))[-1]["type"] == "complete"
    for path in ("inference", "sse"):
        answer = await asked(server, path, **more)
        assert answer.status_code == 400
        assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize("model", MODELS)
async def test_every_voice_of_every_model_speaks_in_capitals_or_not(server, model):
    embedding = {"embedding": "AAA", "shape": [1, 768], "dtype": "torch.bfloat16"}
    for voice in [*MODELS[model].voices, *(name.upper() for name in MODELS[model].voices)] or ["any"]:
        more = {"speaker_embedding": embedding} if not MODELS[model].voices else {}
        answer = await asked(server, "inference", model=model, voice=voice, text="Hi.", language=None, **more)
        assert answer.status_code == 200, voice


async def test_what_is_left_out_has_a_default_unless_the_service_is_strict(server):
    answer = await asked(server, "inference", audio_config={})
    assert answer.headers["Content-Type"] == "audio/wav"
    assert soundfile.info(io.BytesIO(answer.content)).samplerate == 44_100
    server.configure(EMU_VA_STRICT=True)
    assert (await asked(server, "inference", audio_config={})).status_code == 400
    assert (await asked(server, "inference")).status_code == 200
    plain = {"X-API-Key-ID": "emu-key", "Content-Type": "text/plain"}
    assert (await asked(server, "inference", plain)).status_code == 400
    with pytest.raises(InvalidStatus):
        await connect(server.url + "/api/v1/tts", additional_headers={"X-API-Key-ID": "emu-key"})


@pytest.mark.parametrize(
    ("audio", "media_type"),
    [
        ({}, "audio/wav"),
        ({"num_channels": 2}, "audio/wav"),
        ({"container": "mp3", "bitrate": "96k"}, "audio/mpeg"),
        ({"encoding": "oggopus", "container": "raw"}, "audio/ogg"),
    ],
    ids=["wav", "stereo", "mp3", "opus"],
)
async def test_each_format_is_whole_over_http(server, audio, media_type):
    answer = await asked(server, "inference", audio=audio)
    assert answer.headers["Content-Type"] == media_type
    samples, rate_hz = soundfile.read(io.BytesIO(answer.content), always_2d=True)
    assert len(samples) / rate_hz == pytest.approx(len(TEXT) * 0.06, abs=0.25)
    assert samples.shape[1] == audio.get("num_channels", 1)


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
async def test_companded_audio_has_a_byte_a_sample(server, law):
    audio = {"encoding": f"pcm_{law}", "container": law, "sample_rate": 8_000}
    answer = await asked(server, "inference", audio=audio)
    assert len(answer.content) == pytest.approx(len(TEXT) * 60 * 8, abs=2)


@pytest.mark.parametrize("vocabulary", ["docs", "sdk"])
async def test_events_come_in_both_vocabularies(server, vocabulary):
    server.configure(EMU_VA_SSE=vocabulary)
    answer = await asked(server, "sse")
    assert answer.headers["Content-Type"] == "text/event-stream"
    events = [
        (event.split("\n")[0].removeprefix("event: "), event.split("\n")[1].removeprefix("data: "))
        for event in answer.text.rstrip("\n").split("\n\n")
    ]
    if vocabulary == "docs":
        *audio, (name, data) = events
        assert (name, json.loads(data)) == ("completed", {"status": "success"})
        assert {name for name, _ in audio} == {"audio_chunk"}
        chunks = [base64.b64decode(data) for _, data in audio]
    else:
        first, *audio, (name, data) = events
        assert first == ("start", '{"status": "streaming_started"}')
        assert (name, json.loads(data)["is_final"]) == ("complete", True)
        chunks = [base64.b64decode(json.loads(data)["audio"]) for _, data in audio]
        assert all(chunk.startswith(b"RIFF") for chunk in chunks)
    assert len(without_headers(chunks)) == PCM_BYTES


KEYS = [("", 401), ("wrong", 403), ("emu-key-forbidden", 403), ("emu-key-quota", 429)]


@pytest.mark.parametrize(("key", "status"), KEYS)
async def test_a_bad_key_is_refused_at_the_handshake_and_over_http(server, key, status):
    headers = {"X-API-Key-ID": key} if key else {}
    with pytest.raises(InvalidStatus) as caught:
        await connect(server.url + "/api/v1/tts", additional_headers=headers)
    assert caught.value.response.status_code == status
    answer = await asked(server, "sse", headers)
    assert (answer.status_code, answer.json()["success"]) == (status, False)


async def test_the_key_is_not_in_the_log(server):
    await asked(server, "inference")
    assert "emu-key" not in json.dumps(server.log())
