import asyncio
import base64
import json
import signal
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.captions.speechserver.processes import recording, signal_to, until
from tests.speech import KEY, chunks, silence_pcm, speech_pcm, speech_server, spoken

INIT = {"type": "init", "language": "en-US", "format": "pcm", "sample_rate": 16000, "enable_timestamps": True}


class Client:
    """A client of the realtime endpoint."""

    def __init__(self, socket):
        self.socket = socket

    async def say(self, **message):
        await self.socket.send(json.dumps(message))

    async def speak(self, pcm):
        for chunk in chunks(pcm):
            await self.say(type="audio", data=base64.b64encode(chunk).decode())

    async def hear(self):
        return json.loads(await self.socket.recv())

    async def begin(self, **more):
        await self.say(**INIT | more)
        return await self.hear()

    async def flush(self):
        """Everything up to ``flush_done``."""
        await self.say(type="command", command="flush")
        said = []
        while (message := await self.hear())["type"] != "flush_done":
            said.append(message)
        return said

    async def closed(self):
        """The close code, after whatever else is said; ``None`` where the connection just broke."""
        try:
            while True:
                await self.socket.recv()
        except ConnectionClosed as exc:
            return exc.rcvd.code if exc.rcvd else None


@asynccontextmanager
async def client(server, *, key=KEY, query="", **headers):
    sent = {"X-Api-Key": key} if key else {}
    url = server.realtime_url + query
    async with (
        asyncio.timeout(30),
        connect(url, additional_headers=sent | headers, compression=None, proxy=None) as socket,
    ):
        yield Client(socket)


def finals(said):
    return [message["text"] for message in said if message["is_final"]]


@pytest.fixture
async def server():
    async with speech_server("positions") as running:
        yield running


@pytest.fixture
async def http(server):
    async with httpx.AsyncClient(
        base_url=server.http_url, headers={"X-Api-Key": KEY}, trust_env=False
    ) as asking:
        yield asking


async def test_half_a_character_is_answered_in_words(server):
    async with client(server) as it:
        await it.say(type="\ud800")
        assert (await it.hear())["code"] == "INVALID_MESSAGE"
        assert (await it.begin())["type"] == "ready"


async def test_captions_come_back_for_audio(server):
    pcm, words = spoken(12, per_utterance=6)
    async with client(server) as one:
        assert (await one.begin())["type"] == "ready"
        await one.speak(pcm)
        said = await one.flush()
    assert " ".join(finals(said)).split() == words


async def test_real_speech_is_recognised_word_for_word():
    async with speech_server("pocketsphinx") as server, client(server) as one:
        await one.begin()
        await one.speak(recording("go_forward.wav"))
        assert finals(await one.flush()) == ["go forward ten meters"]
    async with speech_server("pocketsphinx") as server, client(server) as one:
        await one.begin()
        await one.speak(recording("brooklyn_bridge.wav"))
        assert finals(await one.flush()) == ["how old is the brooklyn bridge"]


async def test_what_is_sent_right_behind_init_is_taken_after_ready(server):
    async with client(server) as one:
        await one.say(**INIT)
        await one.speak(spoken(3)[0])
        assert (await one.hear())["type"] == "ready"
        assert finals(await one.flush()) == ["w0 w1 w2"]


@pytest.mark.parametrize(
    ("key", "status"), [("", 401), ("no", 401), ("emu-key-forbidden", 403), ("emu-key-quota", 429)]
)
async def test_a_bad_key_is_refused_by_the_handshake(server, key, status):
    with pytest.raises(InvalidStatus) as info:
        async with client(server, key=key):
            pytest.fail("it was let in")
    assert info.value.response.status_code == status
    assert "code" in json.loads(info.value.response.body)


async def test_over_quota_may_say_when_to_come_back(server):
    server.configure(EMU_VN_RETRY_AFTER=9)
    with pytest.raises(InvalidStatus) as info:
        async with client(server, key="emu-key-quota"):
            pytest.fail("it was let in")
    assert info.value.response.headers["Retry-After"] == "9"


async def test_the_key_may_come_in_the_query_and_is_nowhere_to_be_read(server, http):
    async with client(server, key="", query=f"?token={KEY}") as one:
        await one.begin()
    log = await http.get("/_emu/log")
    assert log.json()["connections"][0]["auth"] == "query"
    assert KEY not in log.text


@pytest.mark.parametrize(("how", "code"), [("error_then_1008", 1008), ("close_4401", 4401)])
async def test_a_bad_key_may_be_refused_after_the_handshake(server, how, code):
    server.configure(bad_key=how)
    async with client(server, key="no") as one:
        assert await one.closed() == code


async def test_a_bad_key_may_be_told_403(server):
    server.configure(bad_key="http403")
    with pytest.raises(InvalidStatus) as info:
        async with client(server, key="no"):
            pytest.fail("it was let in")
    assert info.value.response.status_code == 403


async def test_the_handshake_may_be_refused_with_any_status(server):
    server.configure(refuse_status=503)
    with pytest.raises(InvalidStatus) as info:
        async with client(server):
            pytest.fail("it was let in")
    assert info.value.response.status_code == 503


async def test_pages_of_other_sites_get_neither_socket_nor_switches(server, http):
    with pytest.raises(InvalidStatus) as info:
        async with client(server, Origin="https://example.org"):
            pytest.fail("it was let in")
    assert info.value.response.status_code == 403
    answer = await http.post(
        "/_emu/config", json={"EMU_VN_PONG": "pong"}, headers={"Origin": "https://example.org"}
    )
    assert answer.status_code == 403


async def test_the_clients_close_code_is_echoed(server):
    async with client(server) as one:
        await one.begin()
        await one.socket.close(code=4123)
        assert one.socket.close_code == 4123
    assert server.server.journal.visits[0].close_code == 4123


async def test_a_language_that_is_unknown_is_refused_before_ready():
    async with speech_server("pocketsphinx") as server, client(server) as one:
        refused = await one.begin(language="de-DE")
        assert (refused["type"], refused["code"]) == ("error", "UNSUPPORTED_LANGUAGE")
        assert "de-DE" in refused["error"]
        assert await one.closed() == 1008


async def test_no_free_recogniser_is_an_error_before_ready_and_1013():
    async with speech_server(limit=1) as server:
        async with client(server) as first:
            assert (await first.begin())["type"] == "ready"
            async with client(server) as second:
                refused = await second.begin()
                assert (refused["type"], refused["code"]) == ("error", "SESSION_LIMIT_REACHED")
                assert await second.closed() == 1013
            assert await first.flush() == []
        async with client(server) as third:
            assert (await third.begin())["type"] == "ready"


async def test_an_error_is_read_even_by_a_client_that_goes_on_sending():
    async with speech_server(limit=0) as server, client(server) as one:
        await one.say(**INIT)
        await one.speak(silence_pcm(2000))
        assert (await one.hear())["code"] == "SESSION_LIMIT_REACHED"
        assert await one.closed() == 1013


async def test_a_killed_process_closes_its_own_connection_only():
    async with speech_server("pocketsphinx") as server, client(server) as spared:
        await spared.begin()
        (spared_pid,) = server.server.pool.pids
        async with client(server) as struck:
            await struck.begin()
            (struck_pid,) = set(server.server.pool.pids) - {spared_pid}
            signal_to(struck_pid, signal.SIGKILL)
            error = await struck.hear()
            assert (error["type"], error["code"]) == ("error", "INTERNAL_ERROR")
            assert await struck.closed() == 1011
        async with client(server) as after:
            assert (await after.begin())["type"] == "ready"
        await spared.speak(recording("go_forward.wav"))
        assert finals(await spared.flush()) == ["go forward ten meters"]


async def test_a_drop_breaks_the_connection_after_so_much_audio_and_so_often(server):
    server.configure(EMU_VN_DROP_AFTER_MS=1500, EMU_VN_DROP_TIMES=1)
    async with client(server) as one:
        await one.begin()
        await one.speak(spoken(20)[0])
        assert await one.closed() is None
    async with client(server) as two:
        await two.begin()
        await two.speak(spoken(20)[0])
        assert len(finals(await two.flush())) == 2


async def test_all_connections_can_be_dropped_at_once(server, http):
    async with client(server) as one:
        await one.begin()
        assert (await http.post("/_emu/drop")).json() == {"dropped": 1}
        assert await one.closed() is None


@pytest.mark.parametrize("limit", ["EMU_VN_INIT_TIMEOUT_S", "EMU_VN_IDLE_S", "EMU_VN_MAX_SESSION_S"])
async def test_each_time_limit_closes_with_1008(server, limit):
    server.configure(**{limit: 0.05})
    async with client(server) as one:
        assert await one.closed() == 1008


async def test_every_message_can_be_made_late(server):
    server.configure(EMU_LATENCY_MS=120)
    async with client(server) as one:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await one.begin()
        assert loop.time() - began_s >= 0.12


async def test_a_message_that_is_too_large_closes_that_connection_only(server):
    async with client(server) as one:
        await one.begin()
        await one.say(type="audio", data="A" * (1 << 21))
        assert await one.closed() == 1009
    async with client(server) as two:
        assert (await two.begin())["type"] == "ready"


async def test_a_client_that_vanishes_leaves_nothing_behind(server):
    async with client(server) as one:
        await one.begin()
        one.socket.transport.abort()
    await until(lambda: not server.open_connections and not server.server.pool.sessions)


async def test_shutting_down_closes_with_1001():
    async with asyncio.timeout(30):
        async with speech_server("pocketsphinx") as server:
            socket = await connect(
                server.realtime_url, additional_headers={"X-Api-Key": KEY}, compression=None, proxy=None
            )
            one = Client(socket)
            await one.begin()
            await one.speak(speech_pcm(1000))
        assert await one.closed() == 1001
        assert server.server.pool.sessions == 0


async def test_models_name_the_engine_and_its_languages(http):
    models = (await http.get("/v1/models")).json()["models"]
    assert [model["model_id"] for model in models] == ["vn-stt-basic", "vn-stt-ultra"]
    assert models[0]["engine"] == "positions"
    assert models[0]["languages"] == ["*"]
    assert (await http.get("/v1/models", headers={"X-Api-Key": "no"})).status_code == 401


async def test_switches_are_shown_set_and_reset(http):
    assert (await http.post("/_emu/config", json={"EMU_VN_PONG": "pong"})).json()["EMU_VN_PONG"] == "pong"
    assert (await http.get("/_emu/config")).json()["EMU_VN_PONG"] == "pong"
    assert (await http.post("/_emu/reset")).json()["EMU_VN_PONG"] == "none"


@pytest.mark.parametrize("body", ['{"EMU_VN_NOPE": 1}', "[]", "{", '{"EMU_VN_PONG": []}'])
async def test_wrong_switches_are_refused(http, body):
    answer = await http.post("/_emu/config", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_REQUEST"


async def test_control_needs_the_key_and_works_while_the_service_is_refused(server, http):
    server.configure(refuse_status=503)
    assert (await http.get("/_emu/config")).status_code == 200
    assert (await http.get("/v1/models")).status_code == 503
    assert (await http.get("/_emu/log", headers={"X-Api-Key": ""})).status_code == 401


async def test_the_log_tells_what_was_sent(server, http):
    async with client(server) as one:
        await one.begin()
        await one.speak(silence_pcm(250))
        await one.flush()
    (connection,) = (await http.get("/_emu/log")).json()["connections"]
    kinds = [(message["type"], message.get("bytes")) for message in connection["messages"]]
    assert kinds == [("init", None), ("audio", 3200), ("audio", 3200), ("audio", 1600), ("command", None)]
