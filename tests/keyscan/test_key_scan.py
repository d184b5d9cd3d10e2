"""A day at debug level, with all that goes wrong on it: the key is in memory and nowhere else."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from captions.tts.providers import PROVIDERS
from tests.browser.running import ROOT, environment
from tests.captions.speechserver.processes import children_of
from tests.keyscan.scanner import Scanner, key_around
from tests.upstream import fake_upstream, http_response, position_audio

HEARTS = {
    "API key": "Zr7pLmQ9xKd2",
    "secret key": "Wq4nBv8sTy6H",
    "Voicemaker key": "Hc3kRt5gVb1N",
    "Vachana key": "Pj8mYe2dXs9F",
}
API_KEY = key_around(HEARTS["API key"])
VOICE_KEYS = {
    f"{name.upper()}_API_KEY": key_around(HEARTS[f"{name} key"]) for name in ("Voicemaker", "Vachana")
}
SECRET_KEY = key_around(HEARTS["secret key"]) * 3
PASSWORD = "a long enough one"
LIMIT_S = 60.0

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads processes from /proc"),
    pytest.mark.timeout(240),
]

SHELL = """
import json, pickle, pprint, traceback
from django.conf import settings
from captions.conf import conf
pprint.pprint({name: getattr(settings, name) for name in dir(settings) if name.isupper()})
print(settings.VOXNEXUS_API_KEY, repr(conf.stt), vars(settings), conf.__dict__, f"{conf.stt!s:>200}")
for write in (json.dumps, pickle.dumps):
    try:
        print(write(conf.stt))
    except TypeError:
        traceback.print_exc()
"""


MAKE_ROOM = """
from django.contrib.auth.models import User
from captions.services.rooms import create_room
create_room(owner=User.objects.get(), title="Town hall", slug="town-hall")
"""


class Day:
    """One installation: its commands, its web server, and the scanner that reads all they say."""

    def __init__(self, folder, scanner, **variables):
        self.folder = folder
        self.scanner = scanner
        self.env = environment(
            folder / "data",
            **{
                "DJANGO_SETTINGS_MODULE": "tests.keyscan.loud",
                "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
                "PYTHONASYNCIODEBUG": "1",
                "PYTHONDEVMODE": "1",
                "VOXWEB_HTTPS": "0",
                "VOXWEB_LOG_LEVEL": "DEBUG",
            }
            | variables,
        )

    async def command(self, *words, may_fail=False):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "manage.py",
            *words,
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.scanner.look_at_processes({process.pid})
        said, _ = await process.communicate()
        self.scanner.look(f"output of {words[0]}", said)
        assert may_fail or process.returncode == 0, said.decode()

    @asynccontextmanager
    async def web(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            process = await asyncio.create_subprocess_exec(
                *(
                    sys.executable,
                    "-m",
                    "daphne",
                    "--fd",
                    str(listening.fileno()),
                    "-v",
                    "2",
                    "voxweb.asgi:application",
                ),
                cwd=ROOT,
                env=self.env,
                pass_fds=[listening.fileno()],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            said = asyncio.create_task(process.stdout.read())
            try:
                yield port
                self.scanner.look_at_processes({process.pid, *children_of(process.pid)})
            finally:
                if process.returncode is None:
                    process.terminate()
                self.scanner.look("output of the web server", await said)
                await process.wait()

    async def pages(self, http, session):
        """What a stranger and an administrator are shown, whether it works or not."""
        listed = await http.get("/admin/")
        addresses = [
            *(
                "/",
                "/rooms/",
                "/rooms/town-hall/",
                "/rooms/town-hall/host/",
                "/rooms/town-hall/edit/",
                "/r/town-hall/",
            ),
            *(
                "/r/town-hall/segments",
                "/nowhere/",
                "/r/nowhere/",
                "/healthz",
                "/readyz",
                "/metrics",
                "/admin/",
            ),
            *("/fail/", "/fail-upstream/", "/r/town-hall/segments?after=x", f"/sessions/{session}/review/"),
            *(f"/sessions/{session}/transcript.{kind}" for kind in ("txt", "srt", "vtt", "json")),
            *re.findall(r'href="(/admin/[^"]+/)"', listed.text),
        ]
        statuses = set()
        for address in addresses:
            answer = await http.get(address)
            statuses.add(answer.status_code)
            self.scanner.look(f"page {address}", f"{answer.headers!r}\n{answer.text}")
        for answer in (
            await http.get("/", headers={"Host": "nobody.example"}),
            await http.post("/rooms/new/", data={"title": "x"}, headers={"Cookie": ""}),
        ):
            statuses.add(answer.status_code)
            self.scanner.look("error page", answer.text)
        assert {200, 400, 403, 404, 500} <= statuses

    def look_at_what_stays(self):
        self.scanner.look_into(self.folder)


def in_one_go(*steps):
    return pytest.mark.parametrize(("auth", "debug", "is_file"), steps)


@in_one_go(("header", "1", False), ("query", "0", True))
async def test_the_key_is_in_memory_and_nowhere_else(tmp_path, auth, debug, is_file):
    scanner = Scanner(HEARTS)
    secrets = {"VOXNEXUS_API_KEY": API_KEY, "VOXWEB_SECRET_KEY": SECRET_KEY, **VOICE_KEYS}
    if is_file:
        kept = tmp_path.parent / f"{tmp_path.name}-secrets"
        kept.mkdir()
        for name, value in secrets.items():
            (kept / name).write_text(value)
        secrets = {f"{name}_FILE": str(kept / name) for name in secrets}
    async with (
        asyncio.timeout(LIMIT_S * 3),
        fake_upstream(speaks, speaks_and_faults, closes_with_the_key) as fake,
        fake_voices() as (voices_address, keys_seen),
    ):
        fake.refuse = lambda number, request: refusal() if number >= 3 else None
        day = Day(
            tmp_path,
            scanner,
            VOXNEXUS_WS_URL=f"ws://127.0.0.1:{fake.port}",
            VOXNEXUS_HTTP_URL=f"http://{voices_address}",
            VOXNEXUS_AUTH=auth,
            **{f"{name}_WS_URL": f"ws://{voices_address}" for name in ("VOICEMAKER", "VACHANA")},
            **{f"{name}_HTTP_URL": f"http://{voices_address}" for name in ("VOICEMAKER", "VACHANA")},
            VOXWEB_DEBUG=debug,
            **secrets,
        )
        (tmp_path / "data").mkdir()
        await day.command("migrate")
        await day.command("createsuperuser", "--noinput", "--username", "ada", "--email", "")
        await day.command("check", "--deploy", may_fail=True)
        await day.command("diffsettings", "--all")
        await day.command("shell", "-c", SHELL)
        await day.command(
            "shell",
            "-c",
            MAKE_ROOM,
        )
        async with (
            day.web() as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as http,
        ):
            await sign_in(http)
            session = await on_the_air(scanner, http, port)
            await refused(scanner, http, port)
            await stream(scanner, http)
            await have_spoken(scanner, http, port)
            await day.pages(http, session)
    day.look_at_what_stays()
    sent = fake.visits[0].headers.get("X-Api-Key") or fake.visits[0].path
    assert HEARTS["API key"] in sent, "the key was in use, or all this says nothing"
    assert all(any(heart in key for key in keys_seen) for heart in HEARTS.values() if heart not in SECRET_KEY)
    assert fake.handshakes >= 4
    assert {
        "socket",
        "speech socket",
        "answer of speak",
        "answer of recipes",
        "events",
        "error page",
        "command lines",
        "file data/raw.log",
    } <= set(scanner.places)
    assert scanner.places["output of the web server"] > 1000
    assert not scanner.found, "\n".join(scanner.found)


# --- the speech service ---


async def speaks(visit):
    await visit.begin()
    await visit.hear(300)
    await visit.final("good evening", 0, 300)
    await visit.drop()


async def speaks_and_faults(visit):
    await visit.begin()
    await visit.say(type="error", code="X", error=f"do not use {API_KEY}", request_id=API_KEY)
    # The final before the break may have been lost with the line; then this is the first.
    await visit.hear(200)
    await visit.final("and welcome", 0, 200)
    await visit.hear_flush()
    await visit.finish()
    await visit.serve_flushes()


async def closes_with_the_key(visit):
    await visit.begin()
    await visit.socket.close(1011, f"bad {API_KEY}")


def refusal():
    return http_response(401, json.dumps({"error": {"message": f"wrong: {API_KEY}", "code": "UNAUTHORIZED"}}))


# --- a host and a viewer ---


async def sign_in(http):
    page = None
    async with asyncio.timeout(LIMIT_S):
        while page is None:
            try:
                page = await http.get("/accounts/login/")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    token = http.cookies["csrftoken"]
    form = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = await http.post("/accounts/login/", data=form, headers={"Referer": str(http.base_url)})
    assert answer.status_code == 302


@asynccontextmanager
async def socket_of(scanner, http, port):
    cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
    url = f"ws://127.0.0.1:{port}/ws/rooms/town-hall/host/"
    async with connect(
        url, origin=f"http://127.0.0.1:{port}", additional_headers={"Cookie": cookies}, proxy=None
    ) as line:

        async def hear(type_):
            async with asyncio.timeout(LIMIT_S):
                while True:
                    text = await line.recv()
                    scanner.look("socket", text)
                    if json.loads(text)["type"] == type_:
                        return json.loads(text)

        yield line, hear


async def on_the_air(scanner, http, port):
    async with socket_of(scanner, http, port) as (line, hear):
        await line.send('{"type":"start"}')
        session = (await hear("ready"))["session"]
        for first in range(0, 600, 100):
            await line.send((first * 16).to_bytes(4, "little") + position_audio(first, first + 100))
        await hear("final")
        await line.send('{"type":"stop"}')
        await hear("stopped")
    return session


async def refused(scanner, http, port):
    """Closed with the key as its reason, then refused in words that quote it."""
    async with socket_of(scanner, http, port) as (line, hear):
        await line.send('{"type":"start"}')
        with pytest.raises(ConnectionClosed):
            await hear("never")


@asynccontextmanager
async def fake_voices():
    """A service that speaks nothing, and quotes the key of whoever asks in all that it says."""
    seen = []

    async def refuse(request):
        key = next(
            (
                request.headers[name]
                for name in ("X-Api-Key", "X-API-Key-ID", "Authorization")
                if name in request.headers
            ),
            request.query_string,
        )
        seen.append(key)
        body = {"success": False, "error": f"wrong: {key}", "message": f"wrong: {key}", "request_id": key}
        return web.json_response(body, status=401, headers={"X-Request-ID": key})

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}", seen
    finally:
        await runner.cleanup()


async def have_spoken(scanner, http, port):
    """By each provider over each way: what the page is told, the messages on the wire among it."""
    cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
    origin = f"http://127.0.0.1:{port}"
    async with connect(
        f"ws://127.0.0.1:{port}/ws/tts/", origin=origin, additional_headers={"Cookie": cookies}, proxy=None
    ) as line:
        ways = [(provider, way) for provider in PROVIDERS for way in PROVIDERS[provider].transports]
        for number, (provider, way) in enumerate(ways, 1):
            speech = {
                "provider": provider,
                "transport": way,
                "text": "Hi.",
                "voice": "v",
                "language": "en-US",
            }
            await line.send(json.dumps({"type": "speak", "id": number, "speech": speech, "trace": True}))
            async with asyncio.timeout(LIMIT_S):
                message = {}
                while message.get("type") != "error":
                    text = await line.recv()
                    scanner.look("speech socket", text)
                    message = json.loads(text)
            assert message["code"] == "voice.refused", message
            for path in ("speak", "recipes"):
                answer = await http.post(
                    f"/playground/{path}",
                    json=speech,
                    headers={"X-CSRFToken": http.cookies["csrftoken"], "Referer": origin},
                )
                scanner.look(f"answer of {path}", f"{answer.headers!r}\n{answer.text}")


async def stream(scanner, http):
    async with http.stream("GET", "/r/town-hall/events") as events:
        async for piece in events.aiter_bytes():
            scanner.look("events", piece)
            break


# --- what its own processes are given ---


async def test_the_local_speech_server_is_given_no_secret(tmp_path):
    """Of ``serve``: neither our secret key nor the database's address stands in its environment."""
    env = environment(tmp_path, VOXWEB_DEBUG="1", VOXWEB_ENGINE="scripted", VOXWEB_SECRET_KEY=SECRET_KEY)
    scanner = Scanner(HEARTS)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "manage.py", "serve", "--port", "0"),
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            while b"Ctrl-C" not in (line := await process.stdout.readline()):
                assert line, "it did not start"
                scanner.look("output", line)
        children = children_of(process.pid)
        assert children
        for pid in {*children, *(grandchild for child in children for grandchild in children_of(child))}:
            scanner.look_at_environment(pid)
        scanner.look_at_processes({process.pid, *children})
    finally:
        process.terminate()
        said, _ = await process.communicate()
    scanner.look("output", said)
    assert scanner.places["environment"] > 100
    assert not scanner.found
