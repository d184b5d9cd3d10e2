"""The programs are run, as somebody who pastes them would."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import wave

import pytest

from captions.tts.providers import PROVIDERS
from captions.tts.recipes import recipes
from tests.captions.tts.running import a_speech
from tests.speech import speech_server

HOSTILE = "It's \"nine\" o'clock: $HOME `id` \\n {x} %s §URL§\nوداعا 👋"
VOICES = {"voxnexus": "vl-xiaoxiao", "voicemaker": "ai3-Aria", "vachana": "timbre-v2.5/Kaveri"}
LANGUAGES = {"voicemaker": "en-US", "vachana": "en-IN"}
WAYS = [(provider, way) for provider in PROVIDERS for way in PROVIDERS[provider].transports]
EVERY_WAY = pytest.mark.parametrize(("provider", "way"), WAYS, ids=["-".join(way) for way in WAYS])
OVER_HTTP = pytest.mark.parametrize(
    ("provider", "way"), [each for each in WAYS if each[1] != "websocket"], ids="-".join
)
PYTHON = [sys.executable, "-c"]
NODE = ["node", "--input-type=module", "--eval"]
SHELL = ["sh", "-c"]


def speech(provider, way, text=HOSTILE, **options):
    return a_speech(
        text,
        way,
        provider=provider,
        voice=VOICES[provider],
        language=LANGUAGES.get(provider, ""),
        **options,
    )


def made(server, provider, way, text=HOSTILE, **options):
    return recipes(speech(provider, way, text, **options), ws_url=server.url, http_url=server.http_url)


async def run(program, text, folder):
    process = await asyncio.create_subprocess_exec(
        *program,
        text,
        cwd=folder,
        env={**os.environ, **{each.key_variable: "emu-key" for each in PROVIDERS.values()}},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode, (output + errors).decode()


def sent(server):
    """The texts that came."""
    messages = [message for visit in server.log() for message in visit]
    return [
        message.get("text") or message.get("Text") for message in messages if {"text", "Text"} & {*message}
    ]


def length_ms(path):
    with wave.open(str(path)) as file:
        assert file.getframerate() == 24_000
        return (path.stat().st_size - 44) / 48


@EVERY_WAY
async def test_python_writes_the_sound_to_a_file(tmp_path, provider, way):
    async with speech_server() as server:
        code, said = await run(PYTHON, made(server, provider, way)["python"], tmp_path)
        assert code == 0, said
        assert "".join(sent(server)).strip() == HOSTILE.strip()
    assert abs(length_ms(tmp_path / "speech.wav") - 60 * len(HOSTILE)) < 200


@EVERY_WAY
async def test_a_long_text_is_all_spoken(tmp_path, provider, way):
    text = "One sentence of many. " * 200
    async with speech_server() as server:
        code, said = await run(PYTHON, made(server, provider, way, text)["python"], tmp_path)
        assert code == 0, said
        assert "".join(sent(server)) == text
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) / 48 == pytest.approx(
        60 * len(text), rel=0.02
    )


@EVERY_WAY
async def test_a_refusal_ends_the_program_with_its_words(tmp_path, provider, way):
    async with speech_server() as server:
        server.configure(EMU_TTS_REFUSE_STATUS=503)
        code, said = await run(PYTHON, made(server, provider, way)["python"], tmp_path)
    assert code != 0
    assert "503" in said or "refused on purpose" in said


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
@OVER_HTTP
async def test_curl_writes_the_sound_to_a_file(tmp_path, provider, way):
    async with speech_server() as server:
        code, said = await run(SHELL, made(server, provider, way)["curl"], tmp_path)
        assert code == 0, said
        assert sent(server) == [HOSTILE]
    [path] = tmp_path.iterdir()
    assert path.name == ("speech.pcm" if way == "sse" else "speech.wav")
    assert path.stat().st_size / 48 == pytest.approx(60 * len(HOSTILE), abs=200)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node")
@OVER_HTTP
async def test_javascript_writes_the_sound_to_a_file(tmp_path, provider, way):
    async with speech_server() as server:
        code, said = await run(NODE, made(server, provider, way)["javascript"], tmp_path)
        assert code == 0, said
        assert sent(server) == [HOSTILE]
    assert abs(length_ms(tmp_path / "speech.wav") - 60 * len(HOSTILE)) < 200


SWITCHES = [
    ("vachana", "websocket", {"EMU_VA_FRAMES": "json", "EMU_VA_WAV": "each"}),
    ("vachana", "websocket", {"EMU_VA_END": "idle"}),
    ("vachana", "sse", {"EMU_VA_SSE": "sdk"}),
    ("voicemaker", "websocket", {"EMU_VM_WAV": "first", "EMU_VM_FINAL": "no_audio"}),
    ("voicemaker", "websocket", {"EMU_VM_WAV": "none"}),
    ("voxnexus", "websocket", {"EMU_VN_TTS_FINAL": "data"}),
]


@pytest.mark.parametrize(("provider", "way", "switches"), SWITCHES, ids=range(len(SWITCHES)))
async def test_programs_live_with_what_the_documents_leave_open(tmp_path, provider, way, switches):
    async with speech_server() as server:
        server.configure(**switches)
        programs = made(server, provider, way)
        code, said = await run(PYTHON, programs["python"], tmp_path)
        assert code == 0, said
        if "curl" in programs and shutil.which("curl"):
            code, said = await run(SHELL, programs["curl"], tmp_path)
            assert code == 0, said
            assert (tmp_path / "speech.pcm").stat().st_size / 48 == pytest.approx(60 * len(HOSTILE), abs=200)
    assert abs(length_ms(tmp_path / "speech.wav") - 60 * len(HOSTILE)) < 200


@EVERY_WAY
async def test_a_file_is_saved_under_its_own_name(tmp_path, provider, way):
    if "mp3" not in PROVIDERS[provider].options_for(way)["format"].choices:
        pytest.skip("this provider has no MP3")
    async with speech_server() as server:
        code, said = await run(PYTHON, made(server, provider, way, format="mp3")["python"], tmp_path)
    assert code == 0, said
    assert (tmp_path / "speech.mp3").read_bytes()[:2] in (b"\xff\xf3", b"\xff\xfb")


@EVERY_WAY
def test_no_program_has_a_key(provider, way):
    programs = recipes(speech(provider, way), ws_url="wss://x", http_url="https://x")
    variable = PROVIDERS[provider].key_variable
    assert all(variable in program for program in programs.values())
    assert not any("emu-key" in program or "{KEY}" in program for program in programs.values())


@EVERY_WAY
def test_each_way_has_the_programs_that_can_do_it(provider, way):
    programs = recipes(speech(provider, way, "Hello."), ws_url="wss://x", http_url="https://x")
    last = "websocat" if way == "websocket" else "curl"
    assert set(programs) == {"python", "javascript", last}
