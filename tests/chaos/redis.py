"""A Redis of a run's own, to pause, break and fill without harm to anybody."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.chaos.proxy import free_port
from tests.conftest import answers


@asynccontextmanager
async def redis_server() -> AsyncIterator[int]:
    """A server that keeps nothing on disk; its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder),
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(20):
                while not await asyncio.to_thread(answers, port):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            yield port
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _pubsub(port: int) -> dict[str, Any]:
    """As the product's settings have it."""
    return _layers("channels_redis.pubsub.RedisPubSubChannelLayer", {"hosts": [f"redis://127.0.0.1:{port}"]})


def _tight(port: int) -> dict[str, Any]:
    """A layer that holds one message for each process and drops the rest without a word."""
    return _layers(
        "channels_redis.core.RedisChannelLayer", {"hosts": [f"redis://127.0.0.1:{port}"], "capacity": 1}
    )


def _layers(backend: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"default": {"BACKEND": backend, "CONFIG": config}}


LAYERS: dict[str, Callable[[int], dict[str, Any]]] = {"pubsub": _pubsub, "tight": _tight}
