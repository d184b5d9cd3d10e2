"""Somebody else's site: pages of another origin than voxweb's, with whatever headers that site has."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Elsewhere:
    """What stands at each path. ``url`` is an origin: voxweb's tests run on ``localhost``, this does not."""

    url: str
    pages: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)

    def put(self, body: str, *, head: str = "", path: str = "/", **headers: str) -> str:
        """A page with this in its body; its address. ``headers`` by their names, hyphens as underscores."""
        page = (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Elsewhere</title>'
            f'<link rel="icon" href="data:,">{head}</head><body>{body}</body></html>'
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (page.encode(), named)
        return self.url + path


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Such a site, as long as a ``with`` lasts."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, headers = site.pages.get(self.path.partition("?")[0], (b"", {}))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the browser's own console says what a test needs to know."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        site = Elsewhere(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join(10)
