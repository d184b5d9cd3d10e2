import asyncio
import contextlib
import os
import signal
import socket
import sys

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.captions.speechserver.processes import children_of, gone, signal_to

MAIN = ("-m", "captions.speechserver.main", "--port", "0")
REAL = ("--engine", "pocketsphinx")
PIPE = asyncio.subprocess.PIPE


@contextlib.asynccontextmanager
async def running(*arguments, **options):
    """A server as a process of its own, and the line it says when ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *MAIN, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, **options
    )
    async with asyncio.timeout(60):
        try:
            yield process, (await process.stdout.readline()).decode()
        finally:
            if process.returncode is None:
                process.kill()
            process.stdin.close()
            await process.communicate()


def port_in(line):
    return int(line.split("127.0.0.1:")[1].split()[0])


async def test_it_says_one_line_when_it_is_ready():
    async with running("--engine", "scripted") as (process, line):
        port = port_in(line)
        assert line == f"speech server ready on http://127.0.0.1:{port} engine=scripted\n"
        process.send_signal(signal.SIGTERM)
        rest, errors = await process.communicate()
        assert (rest, errors, process.returncode) == (b"", b"", 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_and_all_its_processes(number):
    async with running(*REAL) as (process, line):
        url = f"ws://127.0.0.1:{port_in(line)}/v1/stt/realtime"
        async with connect(url, additional_headers={"X-Api-Key": "emu-key"}, proxy=None) as client:
            await client.send('{"type": "init", "format": "pcm", "sample_rate": 16000}')
            await client.recv()
            (nursery,) = children_of(process.pid)
            (worker,) = children_of(nursery)
            process.send_signal(number)
            assert await process.wait() == 0
        await gone(nursery, worker)


async def test_it_ends_when_its_standard_input_does():
    async with running(*REAL, "--until-stdin-closes") as (process, _):
        (nursery,) = children_of(process.pid)
        process.stdin.close()
        assert await process.wait() == 0
        await gone(nursery)


async def test_a_killed_server_leaves_no_process_behind():
    async with running(*REAL) as (process, line):
        url = f"ws://127.0.0.1:{port_in(line)}/v1/stt/realtime"
        async with connect(url, additional_headers={"X-Api-Key": "emu-key"}, proxy=None) as client:
            await client.send('{"type": "init", "format": "pcm", "sample_rate": 16000}')
            await client.recv()
            (nursery,) = children_of(process.pid)
            (worker,) = children_of(nursery)
            process.kill()
            await gone(nursery, worker)


async def test_a_killed_parent_leaves_no_server_behind():
    script = (
        "import subprocess, sys, time\n"
        "server = subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.PIPE)\n"
        "time.sleep(60)\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *MAIN, *REAL, "--until-stdin-closes", stdout=PIPE
    )
    async with asyncio.timeout(60):
        await parent.stdout.readline()
        (server,) = children_of(parent.pid)
        (nursery,) = children_of(server)
        signal_to(parent.pid, signal.SIGKILL)
        await parent.wait()
        await gone(server, nursery)


async def test_it_takes_a_listening_socket_it_was_given():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor = listening.fileno()
        port = listening.getsockname()[1]
        async with running("--engine", "scripted", "--fd", str(descriptor), pass_fds=[descriptor]) as (
            _,
            line,
        ):
            assert port_in(line) == port


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--engine", "nope"], "There is no engine nope"),
        (["--engine", "scripted", "--model-dir", "/nowhere"], "/nowhere/script.txt cannot be read"),
        (["--engine", "pocketsphinx", "--model-dir", "/nowhere"], "/nowhere is no model of pocketsphinx"),
        (["--engine", "scripted", "--tts-engine", "nope"], "There is no engine nope that speaks"),
    ],
)
async def test_an_engine_that_cannot_be_used_is_said_in_one_line(arguments, words):
    async with running(*arguments) as (process, line):
        _, errors = await process.communicate()
        assert (line, process.returncode) == ("", 1)
        assert words in errors.decode()
        assert len(errors.decode().splitlines()) == 1


@pytest.mark.parametrize(("name", "status"), [("tone", 200), ("espeak", 503)])
async def test_what_speaks_is_set_by_the_environment_and_may_be_missing(tmp_path, name, status):
    """A module that cannot be imported stands for a library that is not installed."""
    (tmp_path / "espeakng_loader.py").write_text("raise ImportError")
    environment = {**os.environ, "VOXWEB_TTS_ENGINE": name, "PYTHONPATH": str(tmp_path)}
    async with running("--engine", "scripted", env=environment) as (_, line):
        url = f"http://127.0.0.1:{port_in(line)}"
        async with httpx.AsyncClient(base_url=url, headers={"X-Api-Key": "emu-key"}, trust_env=False) as http:
            order = {"text": "Hello.", "voice_id": "emu-en-us-emma"}
            assert (await http.post("/v1/tts", json=order)).status_code == status
            assert (await http.get("/v1/models")).status_code == 200


async def test_a_port_that_is_taken_is_said_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running("--engine", "scripted", "--port", str(port)) as (process, line):
            _, errors = await process.communicate()
            assert (line, process.returncode) == ("", 1)
            assert f"Port {port}" in errors.decode()


async def test_django_runs_the_same_server():
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "manage.py", "speechserver", "--port", "0", "--engine", "scripted"),
        "--until-stdin-closes",
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, "VOXWEB_DEBUG": "1"},
    )
    async with asyncio.timeout(60):
        assert b"speech server ready" in await process.stdout.readline()
        process.stdin.close()
        assert await process.wait() == 0
