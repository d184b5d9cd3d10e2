from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from captions.live import lifetime


@pytest.fixture
def endings(monkeypatch):
    """Endings of this test alone."""
    monkeypatch.setattr(lifetime, "_endings", [])
    return lifetime._endings


async def test_who_came_last_ends_first(endings):
    ended = []
    for name in ("first", "second"):

        async def ending(name=name):
            ended.append(name)

        lifetime.at_end(ending)
    await lifetime.shutdown()
    assert ended == ["second", "first"]


async def test_what_may_be_lost_ends_last_whenever_it_came(endings):
    ended = []
    for name in ("first", "lost", "second"):

        async def ending(name=name):
            ended.append(name)

        lifetime.at_end(ending, last=name == "lost")
    await lifetime.shutdown()
    assert ended == ["second", "first", "lost"]


async def test_one_that_fails_keeps_no_other_from_its_turn(endings):
    ended = asyncio.Event()

    async def good():
        ended.set()

    async def bad():
        raise RuntimeError("broken")

    lifetime.at_end(good)
    lifetime.at_end(bad)
    await lifetime.shutdown()
    assert ended.is_set()


async def test_one_that_hangs_is_left(endings, monkeypatch):
    monkeypatch.setattr(lifetime, "LIMIT_S", 0.05)
    lifetime.at_end(asyncio.Event().wait)
    async with asyncio.timeout(5):
        await lifetime.shutdown()


async def test_a_server_that_speaks_lifespan_is_answered(endings):
    ended = asyncio.Event()

    async def ending():
        ended.set()

    lifetime.at_end(ending)
    told, said = asyncio.Queue(), []
    for type_ in ("lifespan.startup", "lifespan.shutdown"):
        told.put_nowait({"type": type_})

    async def send(message):
        said.append(message["type"])

    await lifetime.lifespan({"type": "lifespan"}, told.get, send)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert ended.is_set()


HELD_UP = """
import asyncio, os, signal, threading
from concurrent.futures import ThreadPoolExecutor
from twisted.internet import asyncioreactor
asyncioreactor.install(asyncio.new_event_loop())
from twisted.internet import reactor
from captions.live import lifetime

async def ending():
    print("ended", flush=True)

lifetime.EXIT_LIMIT_S = 0.5
lifetime.at_end(ending)
threads = ThreadPoolExecutor(1, thread_name_prefix="waits-for-a-silent-database")
threads.submit(threading.Event().wait)
reactor.callWhenRunning(lifetime.watch)
reactor.callWhenRunning(os.kill, os.getpid(), signal.SIGTERM)
reactor.run()
"""


def test_a_thread_that_waits_for_ever_does_not_keep_the_process():
    said = subprocess.run(
        [sys.executable, "-c", HELD_UP], capture_output=True, text=True, timeout=60, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "ended" in said.stdout
    assert "waits-for-a-silent-database" in said.stdout + said.stderr
