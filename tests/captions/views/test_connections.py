"""Pages let go of the database: what they left open would add up until it takes no more connections."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from tests.captions.daphne import daphne

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

AT_ONCE = 10
READERS_AND_WRITER = 5


@sync_to_async
def opened(pid):
    """How often a process, or whoever there is, has this test's database open."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return sum(os.path.realpath(path) == name for path in Path(f"/proc/{pid}/fd").iterdir())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = %s", [name])
        return cursor.fetchone()[0]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts what is open by /proc")
async def test_pages_leave_no_connection_open(room, ada_cookie):
    async with daphne() as site, httpx.AsyncClient(base_url=site.origin, trust_env=False) as http:
        for _ in range(5):
            pages = [http.get("/r/town-hall/", headers={"Cookie": ada_cookie}) for _ in range(AT_ONCE)]
            assert {page.status_code for page in await asyncio.gather(*pages)} == {200}
        # A connection is closed once its answer is out, and who asked may be quicker.
        async with asyncio.timeout(10):
            while await opened(site.process.pid) > READERS_AND_WRITER:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
