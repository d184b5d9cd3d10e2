"""The programs are run, as somebody who pastes them would."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import wave

import pytest

from captions.tts.recipes import recipes
from tests.captions.tts.running import a_speech
from tests.speech import speech_server

HOSTILE = "It's \"nine\" o'clock: $HOME `id` \\n {x} %s\nوداعا 👋"


async def run(server, transport, language, program, folder):
    speech = a_speech(HOSTILE, transport, speed=1.5)
    made = recipes(speech, ws_url=server.url, http_url=server.http_url)[language]
    process = await asyncio.create_subprocess_exec(
        *program,
        made,
        cwd=folder,
        env={**os.environ, "VOXNEXUS_API_KEY": "emu-key"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    data = (folder / "speech.wav").read_bytes()
    (folder / "whole.wav").write_bytes(data)
    return data


@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_python_writes_the_sound_to_a_file(tmp_path, transport):
    async with speech_server() as server:
        data = await run(server, transport, "python", [sys.executable, "-c"], tmp_path)
        sent = [m for visit in server.log() for m in visit if "text" in m]
    assert data[:4] == b"RIFF"
    assert sent[-1]["text"].strip() == HOSTILE.strip()
    assert abs((len(data) - 44) / 48 - 60 * len(HOSTILE) / 1.5) < 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
async def test_curl_writes_the_sound_to_a_file(tmp_path):
    async with speech_server() as server:
        data = await run(server, "rest", "curl", ["sh", "-c"], tmp_path)
        ((sent,),) = server.log()
    assert data[:4] == b"RIFF"
    assert sent["text"] == HOSTILE


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node")
async def test_javascript_writes_the_sound_to_a_file(tmp_path):
    async with speech_server() as server:
        program = ["node", "--input-type=module", "--eval"]
        data = await run(server, "rest", "javascript", program, tmp_path)
        ((sent,),) = server.log()
    assert data[:4] == b"RIFF"
    assert sent["text"] == HOSTILE


async def test_a_python_file_can_be_opened(tmp_path):
    async with speech_server() as server:
        await run(server, "websocket", "python", [sys.executable, "-c"], tmp_path)
    with wave.open(str(tmp_path / "speech.wav")) as file:
        assert file.getframerate() == 24000


def test_no_program_has_a_key():
    for transport in ("websocket", "rest"):
        made = recipes(a_speech("Hello.", transport), ws_url="wss://x", http_url="https://x")
        assert all("VOXNEXUS_API_KEY" in program and "emu-key" not in program for program in made.values())


def test_each_way_has_the_programs_that_can_do_it():
    urls = {"ws_url": "wss://x", "http_url": "https://x"}
    assert set(recipes(a_speech("Hello.", "rest"), **urls)) == {"curl", "python", "javascript"}
    assert set(recipes(a_speech("Hello."), **urls)) == {"python", "javascript", "websocat"}
