"""A process of ours in a test's event loop, and the speech server it calls."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from captions import database
from captions.live import doorkeeper, embeds, hub, lifetime, onair
from tests.captions.browsers import cookie_of
from tests.speech import speech_server


@pytest.fixture
async def process(transactional_db):
    """Sockets and sessions of this test alone; it fails if one of them is left behind at the end."""
    assert not hub._hubs
    assert not onair._airs
    await embeds.embeds.let_go()  # what pages without a process have left
    yield
    await lifetime.shutdown()
    await hub.closed()
    left = list(hub._hubs), list(onair._airs), hub._ticker
    still_there = list(doorkeeper._places), doorkeeper._watch
    database.close()
    await sync_to_async(connections.close_all)()  # of the thread that tests and Channels share
    assert left == ([], [], None)
    assert still_there == ([], None)


@pytest.fixture
async def speech(process, settings):
    """A scripted speech server on a real port; what it hears as words stands in the audio itself."""
    async with speech_server("positions") as server:
        for vendor in ("VOXNEXUS", "VOICEMAKER", "VACHANA"):
            setattr(settings, f"{vendor}_WS_URL", server.url)
            setattr(settings, f"{vendor}_HTTP_URL", server.http_url)
        yield server


@pytest.fixture
def ada_cookie(transactional_db, ada):
    return cookie_of(ada)


@pytest.fixture
def ben_cookie(transactional_db, ben):
    return cookie_of(ben)


@pytest.fixture
def cleo_cookie(transactional_db, cleo):
    return cookie_of(cleo)
