"""Each request and socket has a name, in its lines and in its answer."""

from __future__ import annotations

import pytest
from structlog.contextvars import bind_contextvars, get_contextvars

from captions.live.named import Named
from captions.live.trace import is_well_formed


async def run(type_: str, *headers: tuple[bytes, bytes], kind: str = "http") -> tuple[dict, list[dict]]:
    """What an application inside sees as log fields, and what goes out."""
    seen: dict = {}
    sent: list[dict] = []

    async def application(scope, receive, send):
        seen.update(get_contextvars())
        await send({"type": type_, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    bind_contextvars(session="somebody else's")
    await Named(application)({"type": kind, "headers": headers}, None, send)
    return seen, sent


@pytest.mark.parametrize(
    ("type_", "kind"), [("http.response.start", "http"), ("websocket.accept", "websocket")]
)
async def test_a_name_is_made_told_and_in_every_line(type_, kind):
    seen, sent = await run(type_, kind=kind)
    assert set(seen) == {"request"}, "and nothing is left of another connection"
    assert is_well_formed(seen["request"])
    assert sent[0]["headers"] == [
        (b"content-type", b"text/plain"),
        (b"x-request-id", seen["request"].encode()),
    ]
    assert "headers" not in sent[1]


async def test_a_proxy_may_give_the_name():
    seen, sent = await run("http.response.start", (b"X-Request-ID", b"abc-123-def"))
    assert seen == {"request": "abc-123-def"}
    assert (b"x-request-id", b"abc-123-def") in sent[0]["headers"]


@pytest.mark.parametrize("value", [b"", b"abc", b"a" * 65, b"two words", b"line\nbreak", b"caf\xe9s"])
async def test_a_name_that_could_not_stand_in_a_line_is_replaced(value):
    seen, _ = await run("http.response.start", (b"x-request-id", value))
    assert is_well_formed(seen["request"])
    assert seen["request"] != value.decode("latin-1")
