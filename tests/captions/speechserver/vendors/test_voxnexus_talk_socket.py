import asyncio
import base64
import contextlib
import json

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from captions.speechserver.app import SpeechServer, listening
from captions.speechserver.engines.registry import EngineChoice
from captions.speechserver.pool import Pool
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import ToneEngine
from tests.captions.speechserver.processes import until
from tests.speech import KEY, speech_server

VOICE = "emu-en-us-emma"
TEXT = "The doors open at nine. Please wait outside."
PCM_BYTES = len(TEXT) * 60 * 16 * 2
"""What the tone makes of it at 16 kHz."""


class Client:
    """A client of the realtime endpoint."""

    def __init__(self, socket):
        self.socket = socket

    async def say(self, **message):
        await self.socket.send(json.dumps(message))

    async def hear(self):
        return json.loads(await self.socket.recv())

    async def begin(self, **more):
        await self.say(**{"type": "init", "voice_id": VOICE, "format": "pcm"} | more)
        return await self.hear()

    async def speak(self, *texts):
        for number, text in enumerate(texts, 1):
            await self.say(type="text", text=text, is_final=number == len(texts))

    async def messages(self):
        """All audio messages of an utterance."""
        messages = [await self.hear()]
        while not messages[-1]["is_final"]:
            messages.append(await self.hear())
        return messages

    async def pcm(self):
        """The audio of an utterance, without headers."""
        pieces = [base64.b64decode(message["data"]) for message in await self.messages()]
        return b"".join(piece[44:] if piece.startswith(b"RIFF") else piece for piece in pieces)

    async def closed(self):
        """The close code, after whatever else is said; ``None`` where the connection just broke."""
        try:
            while True:
                await self.socket.recv()
        except ConnectionClosed as exc:
            return exc.rcvd.code if exc.rcvd else None


@contextlib.asynccontextmanager
async def client(server, *, key=KEY):
    url = f"{server.url}/v1/tts/realtime"
    headers = {"X-Api-Key": key} if key else {}
    async with (
        asyncio.timeout(30),
        connect(url, additional_headers=headers, compression=None, proxy=None) as socket,
    ):
        yield Client(socket)


@pytest.fixture
async def server():
    async with speech_server() as running:
        yield running


async def log(server):
    async with httpx.AsyncClient(headers={"X-Api-Key": KEY}, trust_env=False) as http:
        return (await http.get(f"{server.http_url}/_emu/log")).json()


async def quiet(server):
    await until(lambda: not server.server.speaker.speaking)


async def test_a_text_is_spoken(server):
    async with client(server) as one:
        ready = await one.begin(sample_rate=16000)
        assert (ready["type"], ready["voice_id"], ready["format"]) == ("ready", VOICE, "pcm")
        await one.speak(TEXT)
        messages = await one.messages()
    assert {message["type"] for message in messages} == {"audio"}
    assert sum(len(base64.b64decode(message["data"])) for message in messages) == PCM_BYTES


@pytest.mark.parametrize("form", ["wav", "pcm"])
@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"EMU_VN_TTS_START": "each"},
        {"EMU_VN_TTS_START": "final"},
        {"EMU_VN_TTS_FINAL": "data"},
        {"EMU_VN_TTS_WAV": "each"},
        {"EMU_VN_TTS_WAV": "none"},
        {"EMU_VN_TTS_WAV": "each", "EMU_VN_TTS_FINAL": "data"},
        {"EMU_LATENCY_MS": 20},
        {"EMU_TTS_PACE": 50},
    ],
)
async def test_every_switch_gives_the_same_length_of_audio(server, switches, form):
    server.configure(**switches)
    async with client(server) as one:
        await one.begin(format=form)
        await one.speak(TEXT[:10], TEXT[10:])
        assert len(await one.pcm()) == PCM_BYTES


async def test_a_blank_between_pieces_is_spoken_too(server):
    server.configure(EMU_VN_TTS_JOIN="space")
    async with client(server) as one:
        await one.begin()
        await one.speak(TEXT[:10], TEXT[10:])
        assert len(await one.pcm()) == PCM_BYTES + 60 * 16 * 2


async def test_utterances_follow_each_other_in_order(server):
    async with client(server) as one:
        await one.begin()
        for text in (TEXT, "Short.", ""):
            await one.speak(text)
        lengths = [len(await one.pcm()) for _ in range(3)]
    assert lengths == [PCM_BYTES, 6 * 1920, 0]


async def test_the_first_sentence_is_heard_before_the_last_is_sent(server):
    async with client(server) as one:
        await one.begin()
        await one.say(type="text", text="The doors open at nine. And", is_final=False)
        assert (await one.hear())["is_final"] is False
        await one.say(type="text", text=" then", is_final=True)
        assert (await one.messages())[-1]["data"] == ""


@pytest.mark.parametrize(("key", "status"), [("", 401), ("emu-key-forbidden", 403), ("emu-key-quota", 429)])
async def test_a_bad_key_is_refused_by_the_handshake(server, key, status):
    with pytest.raises(InvalidStatus) as info:
        async with client(server, key=key):
            pytest.fail("it was let in")
    assert info.value.response.status_code == status


@pytest.mark.parametrize(("how", "code"), [("error_then_1008", 1008), ("close_4401", 4401)])
async def test_a_bad_key_may_be_refused_after_the_handshake(server, how, code):
    server.configure(bad_key=how)
    async with client(server, key="no") as one:
        assert await one.closed() == code


async def test_so_many_handshakes_are_refused(server):
    server.configure(EMU_TTS_REFUSE_STATUS=429, EMU_TTS_REFUSE_TIMES=1, EMU_VN_RETRY_AFTER=3)
    with pytest.raises(InvalidStatus) as info:
        async with client(server):
            pytest.fail("it was let in")
    assert info.value.response.headers["Retry-After"] == "3"
    assert json.loads(info.value.response.body)["code"] == "RATE_LIMITED"
    async with client(server) as one:
        assert (await one.begin())["type"] == "ready"


async def test_an_unknown_voice_is_told_and_closes(server):
    async with client(server) as one:
        assert (await one.begin(voice_id="vl-nobody"))["code"] == "VOICE_NOT_FOUND"
        assert await one.closed() == 1008


async def test_a_server_may_say_nothing(server):
    server.configure(EMU_TTS_NOTHING=True)
    async with client(server) as one:
        await one.say(type="init", voice_id=VOICE)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(one.hear(), 0.1)


async def test_a_drop_breaks_the_connection_after_so_much_audio(server):
    server.configure(EMU_TTS_DROP_AFTER_MS=500)
    async with client(server) as one:
        await one.begin()
        await one.speak(TEXT)
        heard = [await one.hear(), await one.hear()]
        assert [len(base64.b64decode(message["data"])) for message in heard] == [6400, 6400]
        assert await one.closed() is None
    await quiet(server)


async def test_garbage_is_one_message_and_the_rest_goes_on(server):
    server.configure(EMU_TTS_GARBLE_AFTER_MS=500)
    async with client(server) as one:
        await one.begin()
        await one.speak(TEXT)
        await one.hear()
        await one.hear()
        with pytest.raises(json.JSONDecodeError):
            await one.hear()
        assert len(await one.pcm()) == PCM_BYTES - 2 * 6400


async def test_a_stall_keeps_the_connection_and_leaving_ends_the_speech(server):
    server.configure(EMU_TTS_STALL_AFTER_MS=500)
    async with client(server) as one:
        await one.begin()
        await one.speak(TEXT)
        await one.hear()
        await one.hear()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(one.hear(), 0.1)
        assert (await log(server))["speaking"] == 1
    await quiet(server)
    assert (await log(server))["speaking"] == 0


async def test_audio_may_come_as_slowly_as_it_is_spoken(server):
    server.configure(EMU_TTS_PACE=10)
    loop = asyncio.get_running_loop()
    async with client(server) as one:
        await one.begin()
        began_s = loop.time()
        await one.speak(TEXT)
        await one.hear()
        first_s = loop.time() - began_s
        await one.messages()
        assert first_s < 0.15
        assert loop.time() - began_s > len(TEXT) * 0.06 / 10 - 0.05


async def test_a_client_that_does_not_read_slows_the_speech_down(server):
    async with client(server) as one:
        await one.begin(sample_rate=48000)
        await one.speak("x" * 5000)
        await until(lambda: server.server.speaker.speaking == 1)
        one.socket.transport.pause_reading()
        with pytest.raises(TimeoutError):
            await until(lambda: server.server.speaker.speaking == 0, 1.0)
        one.socket.transport.abort()
    await quiet(server)


@pytest.mark.parametrize("limit", ["EMU_VN_INIT_TIMEOUT_S", "EMU_VN_IDLE_S", "EMU_VN_MAX_SESSION_S"])
async def test_each_time_limit_closes_with_1008(server, limit):
    server.configure(**{limit: 0.05})
    async with client(server) as one:
        assert await one.closed() == 1008


async def test_who_is_spoken_to_is_not_idle(server):
    server.configure(EMU_VN_IDLE_S=0.3, EMU_TTS_PACE=3)
    async with client(server) as one:
        await one.begin()
        await one.speak(TEXT)
        assert len(await one.pcm()) == PCM_BYTES


async def test_all_connections_can_be_dropped_and_closed(server):
    async with client(server) as one:
        await one.begin()
        assert server.drop_all() == 1
        assert await one.closed() is None
    async with client(server) as two:
        await two.begin()
        await server.close_all(1012)
        assert await two.closed() == 1012


async def test_the_log_tells_path_and_messages_and_no_key(server):
    async with client(server) as one:
        await one.begin()
        await one.speak("Hello.")
        await one.pcm()
    found = await log(server)
    (visit,) = found["connections"]
    assert (visit["path"], visit["auth"]) == ("/v1/tts/realtime", "header")
    assert [message["type"] for message in visit["messages"]] == ["init", "text"]
    assert KEY not in json.dumps(found)


async def test_an_engine_that_breaks_off_closes_with_1011():
    class Broken(ToneEngine):
        def speak(self, text, **how):
            yield bytes(960)
            raise OSError("no more memory")

    async with serving(Speaker(Broken())) as server, client(server) as one:
        await one.begin()
        await one.speak(TEXT)
        assert (await one.hear())["code"] == "INTERNAL_ERROR"
        assert await one.closed() == 1011


async def test_without_an_engine_the_handshake_says_why():
    async with serving(Speaker(None, why_not="espeakng-loader is not installed.")) as server:
        with pytest.raises(InvalidStatus) as info:
            async with client(server):
                pytest.fail("it was let in")
    assert info.value.response.status_code == 503
    assert json.loads(info.value.response.body) == {
        "error": "espeakng-loader is not installed.",
        "code": "UNAVAILABLE",
    }


@contextlib.asynccontextmanager
async def serving(speaker):
    server = SpeechServer(Pool(EngineChoice("scripted")), speaker=speaker)
    async with listening(server) as port:
        yield Address(f"ws://127.0.0.1:{port}")


class Address:
    def __init__(self, url):
        self.url = url
