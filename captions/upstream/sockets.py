"""Sockets to upstreams that send a key nowhere else and write it nowhere."""

from __future__ import annotations

import logging
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket

from captions.upstream.address import Address

# At DEBUG the library writes request headers, the key among them. A logger of its own with a level of its own
# stays silent however loud the site's logging is set.
_wire_log = logging.getLogger("captions.upstream.wire")
_wire_log.setLevel(logging.WARNING)


class _Opening(open_websocket):
    """Follows no redirect: the library would send our key's header along to any host it is pointed at."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def opened(address: Address, **limits: Any) -> ClientConnection:
    """The handshake; ``limits`` are the library's.

    Raises what the library raises, with frames that hold the key: whoever calls lets go of them.
    """
    return await _Opening(
        address.url,
        additional_headers=address.headers,
        user_agent_header="voxweb",
        compression=None,
        proxy=None,
        logger=_wire_log,
        **limits,
    )
