"""What people do on voxweb's pages, done by plain requests where the page is not what is tested."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import APIResponse, BrowserContext
from websockets.sync.client import ClientConnection, connect

from tests.browser import sounds

PASSWORD = "a long enough one"
ANSWER_S = 20.0
"""How long the server may take over anything a speaker asks of it."""


def submit(context: BrowserContext, url: str, to: str = "", **fields: str) -> APIResponse:
    """Fill in the form at ``url`` and send it, there or to another address; its token comes along."""
    page = context.request.get(url)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text())
    assert token is not None, f"{url} has no form: {page.status}"
    answer = context.request.post(
        urljoin(url, to),
        form={"csrfmiddlewaretoken": token[1], **fields},
        headers={"Referer": url},
    )
    assert answer.ok, f"{url}: {answer.status}"
    return answer


def make_room(
    context: BrowserContext, site_url: str, title: str, *, language: str = "en-US", access: str = "link"
) -> str:
    """A new room of whoever is signed in; its slug."""
    answer = submit(context, f"{site_url}/rooms/new/", title=title, language=language)
    slug = answer.url.rstrip("/").rsplit("/", 1)[-1]
    assert slug != "new"
    if access != "link":
        submit(
            context, f"{site_url}/rooms/{slug}/", to="edit/", title=title, language=language, access=access
        )
    return slug


def close_room(context: BrowserContext, site_url: str, slug: str) -> None:
    submit(context, f"{site_url}/rooms/{slug}/", to="close/")


def make_account(administrator: BrowserContext, site_url: str, name: str) -> None:
    """A new account that may do nothing yet."""
    submit(
        administrator,
        f"{site_url}/admin/auth/user/add/",
        username=name,
        usable_password="true",
        password1=PASSWORD,
        password2=PASSWORD,
    )


def sign_in(context: BrowserContext, site_url: str, name: str) -> None:
    submit(context, f"{site_url}/accounts/login/", username=name, password=PASSWORD)


def make_guest_link(context: BrowserContext, site_url: str, slug: str, label: str) -> str:
    """A new link to speak in a room of whoever is signed in; its address."""
    page = f"{site_url}/rooms/{slug}/"
    answer = submit(context, page, to="guests/add/", label=label, guest_role="host", lifetime="3600")
    found = re.search(r'data-testid="guest-link"[^>]* readonly value="([^"]+)"', answer.text())
    assert found is not None, "the newest link comes first"
    return found[1]


def revoke_guest_link(context: BrowserContext, site_url: str, slug: str, label: str) -> None:
    """Revoke the link of this label."""
    page = f"{site_url}/rooms/{slug}/"
    shown = context.request.get(page).text()
    named = rf'name="link" value="([\w-]+)">\s*<button[^>]*>Revoke<span[^>]*> the link for {label}<'
    found = re.search(named, shown)
    assert found is not None
    submit(context, page, to="guests/revoke/", link=found[1])


def correct(administrator: BrowserContext, site_url: str, segment_id: str, text: str) -> None:
    """Give a caption another text, on the administrator's page."""
    submit(
        administrator,
        f"{site_url}/admin/captions/segment/{segment_id}/change/",
        **{
            "text": text,
            "speaker": "",
            "state": "draft",
            "revisions-TOTAL_FORMS": "0",
            "revisions-INITIAL_FORMS": "0",
        },
    )


def stored(data_dir: Path, slug: str) -> list[dict[str, Any]]:
    """All segments of a room as they are in the database, gaps as well, in the order they were said in."""
    database = sqlite3.connect(f"file:{data_dir / 'voxweb.sqlite3'}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    rows = database.execute(
        "SELECT g.*, s.started_at FROM captions_segment g JOIN captions_room r ON r.id = g.room_id"
        " JOIN captions_session s ON s.id = g.session_id WHERE r.slug = ?"
        " ORDER BY s.started_at, g.offset_ms, g.utterance",
        [slug],
    ).fetchall()
    database.close()
    return [dict(row) for row in rows]


@contextmanager
def speaking(context: BrowserContext, site_url: str, slug: str) -> Iterator[Speaker]:
    """A host without a browser, on the air until the end of a ``with``."""
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in context.cookies(site_url))
    with connect(
        f"{site_url.replace('http', 'ws', 1)}/ws/rooms/{slug}/host/",
        origin=site_url,
        additional_headers={"Cookie": cookies},
        proxy=None,
        # What it is told is not read until the end, and must not hold up the pings.
        max_queue=None,
    ) as socket:
        socket.send(json.dumps({"type": "start"}))
        speaker = Speaker(socket)
        yield speaker
        socket.send(json.dumps({"type": "stop"}))
        speaker.await_message("stopped")


class Speaker:
    """Sends tones, faster than they sound: the scripted engine hears sentences of its script in turn."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._samples = 0
        self.session: str = self.await_message("ready")["session"]

    def say(self, sentences: int = 1, *, duration_ms: int = 400) -> None:
        """So many sentences, each with its end."""
        for _ in range(sentences):
            self._send(sounds.sentence(duration_ms))

    def begin(self, duration_ms: int = 1000) -> None:
        """A sentence that is still being said: its words stay interim."""
        self._send(sounds.tone(duration_ms))

    def finish(self) -> None:
        """The pause that ends what was begun."""
        self._send(sounds.silence(sounds.PAUSE_MS))

    def lose(self, duration_ms: int) -> None:
        """Go on as if so much had been said and lost on the way."""
        self._samples += duration_ms * sounds.RATE_HZ // 1000

    def _send(self, pcm: bytes) -> None:
        most = sounds.RATE_HZ * 2  # a second
        for start in range(0, len(pcm), most):
            piece = pcm[start : start + most]
            self._socket.send(self._samples.to_bytes(4, "little") + piece)
            self._samples += len(piece) // 2

    def await_message(self, type_: str) -> dict[str, Any]:
        while True:
            message = json.loads(self._socket.recv(timeout=ANSWER_S))
            if message["type"] == type_:
                return message
            assert message["type"] != "error", message
