import asyncio

import httpx
import pytest

from captions.speechserver.app import SpeechServer, listening
from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.engines.registry import EngineChoice
from captions.speechserver.pool import Pool
from captions.speechserver.speaking import wav
from captions.speechserver.speaking.espeak import EspeakEngine
from captions.speechserver.speaking.resample import Resampler
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.vendors import voxnexus_files
from tests.captions.speechserver.processes import RECORDINGS, recording, until
from tests.speech import KEY, speech_server, spoken

GO_FORWARD = (RECORDINGS / "go_forward.wav").read_bytes()
QUERY = {"model_id": "vn-stt-basic", "sample_rate": 16000}


def client(url):
    return httpx.AsyncClient(base_url=url, headers={"X-Api-Key": KEY}, trust_env=False, timeout=30)


@pytest.fixture
async def http():
    async with speech_server("positions") as server, client(server.http_url) as asking:
        yield asking


async def recognise(http, data, content_type="audio/pcm", **query):
    return await http.post(
        "/v1/stt", params=QUERY | query, content=data, headers={"Content-Type": content_type}
    )


async def test_a_file_is_recognised(http):
    pcm, words = spoken(12, per_utterance=6)
    answer = await recognise(http, pcm)
    body = answer.json()
    assert body["transcript"] == body["text"] == " ".join(words)
    assert body["duration_ms"] == len(pcm) // 32
    assert (body["language"], body["created_at"]) == ("en-US", "2026-01-01T00:00:00Z")
    assert not {"words", "speakers"} & body.keys()
    assert answer.headers["X-Request-ID"] == body["request_id"]
    assert answer.headers["X-Language"] == "en-US"
    assert answer.headers["X-Duration-Ms"] == str(body["duration_ms"])


async def test_words_have_times_where_they_are_asked_for(http):
    pcm, words = spoken(4)
    body = (await recognise(http, pcm, enable_timestamps="true")).json()
    assert [word["word"] for word in body["words"]] == words
    offsets = [word["offset"] for word in body["words"]]
    assert offsets == sorted(offsets)
    assert all(word["duration"] > 0 for word in body["words"])


async def test_everybody_is_one_speaker(http):
    pcm, words = spoken(4)
    (speaker,) = (await recognise(http, pcm, enable_speaker_diarization="true")).json()["speakers"]
    assert (speaker["speaker_id"], speaker["text"]) == ("speaker_1", " ".join(words))


async def test_a_text_may_be_transformed(http):
    pcm, _ = spoken(2)
    body = (await recognise(http, pcm, enable_llm_transform="true", llm_prompt="tidy up")).json()
    assert (body["transcript"], body["text"]) == ("w0 w1", "W0 w1.")


async def test_silence_is_an_empty_transcript(http):
    body = (
        await recognise(http, bytes(32_000), enable_timestamps="1", enable_speaker_diarization="1")
    ).json()
    assert (body["transcript"], body["words"], body["speakers"]) == ("", [], [])


@pytest.mark.parametrize("content_type", ["audio/wav", "application/octet-stream"])
async def test_a_recording_is_recognised_word_for_word(content_type):
    async with speech_server("pocketsphinx") as server, client(server.http_url) as http:
        body = (await recognise(http, GO_FORWARD, content_type, sample_rate=44100)).json()
    assert body["transcript"] == "go forward ten meters"


async def test_audio_of_another_rate_is_resampled():
    resampler = Resampler(16_000, 44_100)
    pcm = resampler.feed(recording("go_forward.wav")) + resampler.end()
    async with speech_server("pocketsphinx") as server, client(server.http_url) as http:
        body = (await recognise(http, pcm, sample_rate=44100)).json()
    assert body["transcript"] == "go forward ten meters"


async def test_what_is_spoken_is_recognised():
    try:
        speaker = Speaker(EspeakEngine())
    except EngineUnavailable as exc:
        pytest.skip(str(exc))
    text = "He went to the house and opened the door."
    server = SpeechServer(Pool(EngineChoice("pocketsphinx")), speaker=speaker)
    async with listening(server) as port, client(f"http://127.0.0.1:{port}") as http:
        order = {"text": text, "voice_id": "emu-en-us-emma", "format": "wav", "sample_rate": 24000}
        audio = (await http.post("/v1/tts", json=order)).content
        body = (await recognise(http, audio, "audio/wav")).json()
    known = set(text.lower().strip(".").split())
    assert len(known & set(body["transcript"].split())) >= 6


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"model_id": ""}, 400, "INVALID_REQUEST"),
        ({"model_id": "vn-nope"}, 404, "MODEL_NOT_FOUND"),
        ({"sample_rate": ""}, 400, "INVALID_REQUEST"),
        ({"sample_rate": "fast"}, 400, "INVALID_REQUEST"),
        ({"sample_rate": 1}, 400, "UNSUPPORTED_FORMAT"),
        ({"language": "!"}, 400, "UNSUPPORTED_LANGUAGE"),
        ({"enable_timestamps": "perhaps"}, 400, "INVALID_REQUEST"),
        ({"enable_llm_transform": "true"}, 400, "INVALID_REQUEST"),
        ({"enable_llm_transform": "true", "llm_prompt": "x", "llm_max_tokens": 9999}, 400, "INVALID_REQUEST"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(http, query, status, code):
    answer = await recognise(http, bytes(3200), **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"ID3" + bytes(100), "audio/mpeg", 400, "UNSUPPORTED_FORMAT"),
        (b"\0", "audio/pcm", 400, "INVALID_AUDIO"),
        (b"RIFF", "audio/wav", 400, "INVALID_AUDIO"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused(http, data, content_type, status, code):
    answer = await recognise(http, data, content_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_file_that_is_too_large_is_refused(http, monkeypatch):
    monkeypatch.setattr(voxnexus_files, "LARGEST_FILE_BYTES", 1000)
    answer = await recognise(http, bytes(2_000_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "AUDIO_TOO_LARGE")


async def test_a_wav_file_may_be_larger_than_a_message(http):
    pcm, words = spoken(150)
    answer = await recognise(http, wav.header(16_000) + pcm, "audio/wav")
    assert answer.json()["transcript"].split() == words
    assert len(pcm) > 1 << 20


async def test_no_free_recogniser_is_429():
    async with speech_server(limit=0) as server, client(server.http_url) as http:
        answer = await recognise(http, bytes(3200))
    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")


async def test_a_key_without_the_transform_is_403(http):
    answer = await http.post(
        "/v1/stt",
        params=QUERY | {"enable_llm_transform": "true", "llm_prompt": "x"},
        content=bytes(3200),
        headers={"X-Api-Key": "emu-key-nollm"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "LLM_NOT_ENABLED")


async def test_the_log_has_the_size_of_the_file(http):
    await recognise(http, bytes(3200))
    (visit,) = (await http.get("/_emu/log")).json()["connections"]
    assert (visit["path"], visit["messages"]) == ("/v1/stt", [{"binary": 3200}])


@pytest.mark.parametrize(("field", "told"), [("code", "en"), ("locale", "en-US"), ("absent", None)])
async def test_the_language_is_told_as_it_is_set_to(field, told):
    async with speech_server(language_field=field) as server, client(server.http_url) as http:
        assert (await recognise(http, bytes(3200))).json().get("language") == told


async def test_a_client_that_leaves_frees_its_recogniser():
    # Minutes of speech: left alone, it would be recognised for longer than anybody waits here.
    speech = recording("go_forward.wav") * 150
    async with speech_server("pocketsphinx") as server, client(server.http_url) as http:
        asking = asyncio.create_task(http.post("/v1/stt", params=QUERY, content=speech, timeout=60))
        await until(lambda: server.server.pool.sessions)
        asking.cancel()
        await until(lambda: not server.server.pool.sessions)
        assert asking.cancelled()
