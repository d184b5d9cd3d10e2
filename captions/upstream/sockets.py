"""Sockets to upstreams that send a key nowhere else and write it nowhere."""

from __future__ import annotations

import logging

from websockets.asyncio.client import connect as open_websocket

# At DEBUG the library writes request headers, the key among them. A logger of its own with a level of its own
# stays silent however loud the site's logging is set.
wire_log = logging.getLogger("captions.upstream.wire")
wire_log.setLevel(logging.WARNING)


class Opening(open_websocket):
    """Follows no redirect: the library would send our key's header along to any host it is pointed at."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc
