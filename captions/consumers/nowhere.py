"""Sockets at addresses that we do not have."""

from __future__ import annotations

from captions.consumers.base import Socket
from captions.errors import RoomNotFound


class NowhereConsumer(Socket):
    """Says so, in place of the bare 1006 that a browser would see."""

    async def opened(self) -> None:
        raise RoomNotFound
