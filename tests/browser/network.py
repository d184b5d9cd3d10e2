"""A network between a browser and voxweb that a test can cut."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: closing says RST and not FIN, as a network that is gone does."""


class Network:
    """Passes bytes to and from a server; ``url`` is where browsers find the server through it."""

    def __init__(self, site_url: str) -> None:
        self._server = ("127.0.0.1", urlsplit(site_url).port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._is_up = True
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="network", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        # Closing alone does not wake a thread that waits in accept.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> int:
        """Break what is connected, without a goodbye to either side; how many connections that were."""
        with self._lock:
            broken, self._connections = self._connections, set()
        for connection in broken:
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        return len(broken)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Cut, and let nobody through until the end."""
        with self._lock:
            self._is_up = False
        assert self.cut(), "nothing was connected: there was nothing to cut"
        try:
            yield
        finally:
            with self._lock:
                self._is_up = True

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._server, timeout=5)
                server.settimeout(None)
            except OSError:
                browser.close()
                continue
            with self._lock:
                passes = self._is_up
                if passes:
                    self._connections |= {browser, server}
            if not passes:
                browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                browser.close()
                server.close()
                continue
            for source, sink in ((browser, server), (server, browser)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with self._lock:
                known = end in self._connections
                self._connections.discard(end)
            if known:
                end.close()
