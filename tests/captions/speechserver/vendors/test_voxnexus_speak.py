import asyncio
import contextlib
import io
import json
import wave

import httpx
import pytest

from captions.speechserver.app import SpeechServer, listening
from captions.speechserver.engines.registry import EngineChoice
from captions.speechserver.pool import Pool
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import ToneEngine
from tests.captions.speechserver.processes import until
from tests.speech import KEY, speech_server

TEXT = "The doors open at nine. Please wait outside."
PCM_BYTES = len(TEXT) * 60 * 16 * 2
ORDER = {"text": TEXT, "voice_id": "emu-en-us-emma", "format": "pcm"}


@pytest.fixture
async def server():
    async with speech_server() as running:
        yield running


@pytest.fixture
async def http(server):
    async with client(server.http_url) as asking:
        yield asking


def client(url):
    return httpx.AsyncClient(base_url=url, headers={"X-Api-Key": KEY}, trust_env=False, timeout=10)


async def speak(http, **fields):
    return await http.post("/v1/tts", json=ORDER | fields)


async def test_the_answer_is_the_audio_with_the_headers_of_the_contract(http):
    answer = await speak(http, sample_rate=16000, language="en")
    assert (answer.status_code, len(answer.content)) == (200, PCM_BYTES)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    told = {name: answer.headers[name] for name in answer.headers if name.startswith("x-")}
    assert told == {
        "x-request-id": "req_emu_000001",
        "x-voice-id": "emu-en-us-emma",
        "x-language": "en-US",
        "x-audio-format": "pcm",
        "x-sample-rate": "16000",
        "x-created-at": "2026-01-01T00:00:00Z",
    }
    assert answer.headers["Content-Type"] == "audio/pcm"


async def test_wav_begins_with_a_header_of_no_length(http):
    answer = await speak(http, format="wav")
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.content[:4] == b"RIFF"
    assert answer.content[40:44] == b"\xff\xff\xff\xff"
    assert len(answer.content) == PCM_BYTES + 44


async def test_the_length_may_be_told_in_a_header(server, http):
    server.configure(EMU_VN_DURATION_HEADER="on")
    answer = await speak(http, format="wav")
    assert answer.headers["X-Duration-Ms"] == str(len(TEXT) * 60)
    with wave.open(io.BytesIO(answer.content)) as file:
        assert file.getnframes() == PCM_BYTES // 2


async def test_audio_is_sent_while_it_is_made(server, http):
    server.configure(EMU_TTS_PACE=2)
    async with http.stream("POST", "/v1/tts", json=ORDER) as answer:
        first = await anext(answer.aiter_raw())
        assert (await http.get("/_emu/log")).json()["speaking"] == 1
    assert 0 < len(first) < PCM_BYTES


async def test_who_leaves_ends_the_speech(server, http):
    server.configure(EMU_TTS_STALL_AFTER_MS=300)
    async with http.stream("POST", "/v1/tts", json=ORDER) as answer:
        assert answer.status_code == 200
        assert server.server.speaker.speaking == 1
    await until(lambda: not server.server.speaker.speaking)
    await until(lambda: not server.open_connections)


async def test_speed_pitch_and_volume_are_followed(http):
    assert len((await speak(http, speed=2.0)).content) == PCM_BYTES // 2
    quiet, loud = (await speak(http, volume=0.5)).content, (await speak(http)).content
    assert quiet != loud
    assert (await speak(http, pitch=12)).content != loud


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"text": ""}, 400, "INVALID_REQUEST"),
        ({"text": "   "}, 400, "INVALID_REQUEST"),
        ({"text": 7}, 400, "INVALID_REQUEST"),
        ({"text": "x" * 5001}, 413, "TEXT_TOO_LONG"),
        ({"text": "x" * 1_200_000}, 413, "TEXT_TOO_LONG"),
        ({"voice_id": "vl-nobody"}, 404, "VOICE_NOT_FOUND"),
        ({"format": "mp3"}, 400, "UNSUPPORTED_FORMAT"),
        ({"speed": 9}, 400, "INVALID_REQUEST"),
    ],
)
async def test_what_cannot_be_spoken_is_refused(http, fields, status, code):
    answer = await speak(http, **fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["request_id"] == "req_emu_000001"


@pytest.mark.parametrize("body", ["{", "[]", "", '"text"'])
async def test_what_is_no_json_object_is_refused(http, body):
    answer = await http.post("/v1/tts", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(("key", "status"), [("", 401), ("emu-key-forbidden", 403), ("emu-key-quota", 429)])
async def test_a_bad_key_is_refused(http, key, status):
    answer = await http.post("/v1/tts", json=ORDER, headers={"X-Api-Key": key})
    assert answer.status_code == status


async def test_requests_may_be_refused_so_often(server, http):
    server.configure(EMU_TTS_REFUSE_STATUS=503, EMU_TTS_REFUSE_TIMES=1, EMU_VN_RETRY_AFTER=2)
    refused = await speak(http)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert (await speak(http)).status_code == 200


async def test_every_answer_can_be_made_late(server, http):
    server.configure(EMU_LATENCY_MS=120)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await speak(http)
    assert loop.time() - began_s >= 0.12


async def test_a_server_may_say_nothing(server, http):
    server.configure(EMU_TTS_NOTHING=True)
    with pytest.raises(httpx.ReadTimeout):
        await http.post("/v1/tts", json=ORDER, timeout=0.1)
    await until(lambda: not server.open_connections)


@pytest.mark.parametrize("fault", ["EMU_TTS_DROP_AFTER_MS", "EMU_TTS_GARBLE_AFTER_MS"])
async def test_a_fault_breaks_the_answer_in_its_midst(server, http, fault):
    server.configure(**{fault: 500})
    heard: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError):
        await stream_into(heard, http)
    assert len(b"".join(heard)) <= 16_000


async def stream_into(heard, http):
    async with http.stream("POST", "/v1/tts", json=ORDER) as answer:
        async for piece in answer.aiter_raw():
            heard.append(piece)


async def test_requests_can_be_dropped_like_connections(server, http):
    server.configure(EMU_TTS_STALL_AFTER_MS=300)
    async with http.stream("POST", "/v1/tts", json=ORDER) as answer:
        assert server.drop_all() == 1
        with pytest.raises(httpx.TransportError):
            await answer.aread()
    await until(lambda: not server.server.speaker.speaking)


async def test_a_server_that_ends_does_not_wait_for_a_stalled_request(server, http):
    server.configure(EMU_TTS_STALL_AFTER_MS=300)
    async with http.stream("POST", "/v1/tts", json=ORDER):
        await server.server.say_goodbye()
        await until(lambda: not server.open_connections)


async def test_the_log_has_the_request(http):
    await speak(http, text="Hello.")
    (visit,) = (await http.get("/_emu/log")).json()["connections"]
    assert (visit["path"], visit["is_open"]) == ("/v1/tts", False)
    assert visit["messages"] == [ORDER | {"text": "Hello."}]


async def test_four_can_be_spoken_to_at_once(http):
    answers = await asyncio.gather(*(speak(http, pitch=number) for number in range(4)))
    assert [len(answer.content) for answer in answers] == [PCM_BYTES] * 4
    assert len({answer.content for answer in answers}) == 4


class Broken(ToneEngine):
    """Breaks off after so many blocks."""

    def __init__(self, blocks):
        self.blocks = blocks

    def speak(self, text, **how):
        for _ in range(self.blocks):
            yield bytes(96_000)
        raise OSError("no more memory")


@contextlib.asynccontextmanager
async def spoken_by(speaker):
    server = SpeechServer(Pool(EngineChoice("scripted")), speaker=speaker)
    async with listening(server) as port, client(f"http://127.0.0.1:{port}") as asking:
        yield asking


async def test_an_engine_that_breaks_off_at_once_is_a_500():
    async with spoken_by(Speaker(Broken(0))) as http:
        answer = await speak(http)
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")


async def test_an_engine_that_breaks_off_later_breaks_the_answer():
    async with spoken_by(Speaker(Broken(3))) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await speak(http)


async def test_without_an_engine_it_is_503_and_says_why():
    async with spoken_by(Speaker(None, why_not="espeakng-loader is not installed.")) as http:
        answer = await speak(http)
        assert (await http.get("/v1/models")).status_code == 200
    assert answer.status_code == 503
    assert json.loads(answer.content)["error"] == "espeakng-loader is not installed."
