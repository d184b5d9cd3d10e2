"""Databases of runs: made once, copied for each."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.captions.daphne import ROOT
from tests.services import DATABASE_URL as POSTGRES_URL


@dataclass(frozen=True)
class Database:
    """One run's. ``port`` is where PostgreSQL listens; 0 for a file."""

    url: str
    cookie: str
    """Ada's sign-in."""
    path: Path = Path()
    port: int = 0

    def through(self, port: int) -> str:
        """The same database by another port of this machine."""
        return self.url.replace(f":{self.port}/", f":{port}/") if self.port else self.url


async def _prepared(url: str, data_dir: Path) -> str:
    """Fill an empty database; Ada's cookie."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.prepare"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": url,
            "VOXWEB_DATA_DIR": str(data_dir),
        },
    )
    written, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("The database of the chaos suite could not be prepared; see above.")
    return str(json.loads(written)["cookie"])


class Databases:
    """Makes them in ``folder``; the first of each kind takes a moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._making = asyncio.Lock()
        self._file = ""
        self._server = ""
        self._template = f"chaos_{uuid.uuid4().hex[:12]}"

    @asynccontextmanager
    async def file(self, folder: Path) -> AsyncIterator[Database]:
        """An SQLite file in a folder of the run's own."""
        original = self._folder / "original.sqlite3"
        async with self._making:
            if not self._file:
                self._file = await _prepared(f"sqlite:///{original}", self._folder)
                _fold_wal(original)
        path = folder / "voxweb.sqlite3"
        shutil.copyfile(original, path)
        yield Database(f"sqlite:///{path}", self._file, path)

    @asynccontextmanager
    async def server(self) -> AsyncIterator[Database]:
        """A PostgreSQL database of the run's own."""
        async with self._making:
            if not self._server:
                await self._tell_server(f'CREATE DATABASE "{self._template}"')
                self._server = await _prepared(_named(self._template), self._folder)
        name = f"{self._template}_{uuid.uuid4().hex[:8]}"
        await self._tell_server(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        try:
            yield Database(_named(name), self._server, port=urlsplit(POSTGRES_URL).port or 5432)
        finally:
            await self._tell_server(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def close(self) -> None:
        if self._server:
            await self._tell_server(f'DROP DATABASE "{self._template}" WITH (FORCE)')

    async def _tell_server(self, statement: str) -> None:
        import psycopg

        def tell() -> None:
            with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
                connection.execute(statement.encode())

        await asyncio.to_thread(tell)


DISK_BYTES = 6 << 20


@asynccontextmanager
async def small_disk(path: Path) -> AsyncIterator[Path]:
    """A disk of a few megabytes, mounted there; only root may."""
    path.mkdir()  # noqa: ASYNC240
    await _ran("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(path))
    try:
        yield path
    finally:
        await _ran("umount", "-l", str(path))


async def _ran(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    if await process.wait():
        raise RuntimeError(f"{' '.join(command)} failed")


def _named(name: str) -> str:
    parts = urlsplit(POSTGRES_URL)
    where = parts.netloc if parts.port else f"{parts.netloc}:5432"
    return f"{parts.scheme}://{where}/{name}"


def _fold_wal(path: Path) -> None:
    """All of an SQLite database into its one file."""
    import sqlite3

    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
