"""What the speech socket gives, where a test wants it to be something that no provider here gives."""

from __future__ import annotations

import json

from playwright.sync_api import Page, WebSocketRoute


def gives(page: Page, media_type: str, rate_hz: int, audio: bytes) -> None:
    """Whatever a page has spoken from now on, this is what comes. Before its first speech."""

    def answer(socket: WebSocketRoute, message: str | bytes) -> None:
        asked = json.loads(message)
        if asked["type"] != "speak":
            return

        def say(type_: str, **rest: object) -> None:
            socket.send(json.dumps({"type": type_, "id": asked["id"], **rest}))

        say("format", media_type=media_type, rate_hz=rate_hz, channels=1)
        say("piece", number=1, of=1, text=asked["speech"]["text"], at_bytes=0)
        for at in range(0, len(audio), 4096):
            socket.send(asked["id"].to_bytes(4, "little") + audio[at : at + 4096])
        say("done", timing={}, **{"try": None})

    page.route_web_socket("**/ws/tts/", lambda socket: socket.on_message(lambda said: answer(socket, said)))
