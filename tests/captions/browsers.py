"""Browsers as our sockets see them: a cookie, an origin, messages in and out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from captions.models import GuestLink
from captions.routing import application
from captions.services.passes import LINKS_KEY

HOST = "testserver"
ORIGIN = f"http://{HOST}"
WAIT_S = 10.0


def cookie_of(user: Any) -> str:
    """A session cookie of an account, as a browser would send it. Synchronous: it asks the database."""
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def guest_cookie(*links: GuestLink) -> str:
    """A session cookie of a browser that followed these links. Synchronous as well."""
    session = SessionStore()
    session[LINKS_KEY] = [str(link.pk) for link in links]
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def sign_out(cookie: str) -> None:
    """Press the button, in another tab of the same browser. Synchronous as well."""
    client = Client()
    name, _, key = cookie.partition("=")
    client.cookies[name] = key
    assert client.post("/accounts/logout/").status_code == 302


class Browser:
    """One socket of a browser, straight on the ASGI application."""

    def __init__(self, path: str, *, cookie: str = "", origin: str | None = ORIGIN, host: str = HOST) -> None:
        headers = [(b"host", host.encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        if cookie:
            headers.append((b"cookie", cookie.encode()))
        self.line = WebsocketCommunicator(application, path, headers=headers)
        self.heard: list[dict[str, Any]] = []
        """Every message that came, in order."""
        self.audio: dict[int, bytearray] = {}
        """Audio that came, by the number of its speech."""

    async def open(self) -> None:
        accepted, _ = await self.line.connect(timeout=WAIT_S)
        assert accepted

    async def say(self, type_: str, **fields: Any) -> None:
        await self.line.send_to(text_data=json.dumps({"type": type_, **fields}))

    async def say_raw(self, text: str) -> None:
        await self.line.send_to(text_data=text)

    async def send_audio(self, first_sample: int, pcm: bytes) -> None:
        await self.line.send_to(bytes_data=first_sample.to_bytes(4, "little") + pcm)

    async def take(self) -> None:
        """Keep the next message, whatever it is."""
        output = await self.line.receive_output(WAIT_S)
        assert output["type"] == "websocket.send", (output, self.heard)
        self._taken(output)

    async def hear(
        self, type_: str, such: Callable[[dict[str, Any]], bool] = lambda message: True
    ) -> dict[str, Any]:
        """The next message of this type; others that come before it are kept in ``heard`` only."""
        async with asyncio.timeout(WAIT_S):
            while True:
                output = await self.line.receive_output(WAIT_S)
                assert output["type"] == "websocket.send", (output, self.heard)
                if (message := self._taken(output)) and message["type"] == type_ and such(message):
                    return message

    async def closed(self) -> int:
        """The code this socket is closed with; messages that come before it are kept."""
        async with asyncio.timeout(WAIT_S):
            while True:
                output = await self.line.receive_output(WAIT_S)
                if output["type"] == "websocket.close":
                    await self.leave(output.get("code", 1000))
                    return int(output.get("code", 1000))
                self._taken(output)

    def _taken(self, output: dict[str, Any]) -> dict[str, Any] | None:
        """A text message; a binary one is kept as the audio of its speech."""
        if data := output.get("bytes"):
            self.audio.setdefault(int.from_bytes(data[:4], "little"), bytearray()).extend(data[4:])
            return None
        message: dict[str, Any] = json.loads(output["text"])
        self.heard.append(message)
        return message

    async def leave(self, code: int = 1001) -> None:
        """Be gone, and wait until the server has let go."""
        if not self.line.future.done():
            await self.line.disconnect(code, timeout=WAIT_S)

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message["type"] == type_]


@asynccontextmanager
async def browser(path: str, **options: Any) -> AsyncIterator[Browser]:
    """An open socket that is gone at the end, whatever happened."""
    it = Browser(path, **options)
    await it.open()
    try:
        yield it
    finally:
        await it.leave()


def host_of(slug: str) -> str:
    return f"/ws/rooms/{slug}/host/"


def viewer_of(slug: str, after: int | None = None) -> str:
    return f"/ws/rooms/{slug}/" + ("" if after is None else f"?after={after}")


def embed_of(slug: str) -> str:
    return f"/ws/embed/{slug}/"


async def send_all(host: Browser, pcm: bytes, *, first_sample: int = 0, chunk_ms: int = 100) -> int:
    """Send audio in chunks as fast as it goes; one past its last sample."""
    size = chunk_ms * 32
    for start in range(0, len(pcm), size):
        await host.send_audio(first_sample + start // 2, pcm[start : start + size])
    return first_sample + len(pcm) // 2
