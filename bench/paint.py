"""How long until a word is on the page, with hours of captions above it?

    python bench/paint.py [--finals 5000] [--words 2000] [--seconds 20]

A real viewer's page in Chromium, its socket and pages of captions played by this program: so many finals are
loaded, then one interim grows to so many words, twenty times a second. For each interim: from its message to
the frame in which it is painted. The frames meanwhile are counted too; sixty a second are all that a screen
shows. The same is measured first with an empty page, in the same run: the ratio says what length costs, and
the empty page what the machine's noise is.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, Route, WebSocketRoute, sync_playwright
from running import App, app

from tests.browser.conftest import FLAGS
from tests.find_browser import find

PAGE_SEGMENTS = 200
RATE_HZ = 20
SENTENCE = "the cables carry the road and the towers carry the cables over all of the water below"
WORDS = SENTENCE.split()

# Painted: a task of its own behind the next frame comes after that frame's painting has been handed over.
MEASURE = """() => {
  window.paints = [];
  window.frames = [];
  window.measured = (data) => {
    if (!data.includes('"interim"')) return;
    const from = performance.now();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.paints.push(performance.now() - from);
      port2.postMessage(0);
    });
  };
  let last = performance.now();
  const frame = (now) => { window.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""
HOOK = """() => {
  const Before = window.WebSocket;
  window.WebSocket = class extends Before {
    addEventListener(type, listener, options) {
      if (type !== "message") return super.addEventListener(type, listener, options);
      const heard = (event) => { window.measured?.(event.data); listener(event); };
      return super.addEventListener(type, heard, options);
    }
  };
}"""


def segment(number: int) -> dict[str, Any]:
    text = " ".join(WORDS[(number + index) % len(WORDS)] for index in range(8 + number % 9))
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "session": "00000000-0000-4000-8000-000000000001",
        "utterance": number,
        "kind": "speech",
        "speaker": "",
        "text": text,
        "offset_ms": number * 4000,
        "duration_ms": 3500,
        "confidence": 0.9,
        "language": "en-US",
        "revision": 0,
        "state": "draft",
        "version": number,
        "stored_at": "2026-01-01T00:00:00+00:00",
    }


class Room:
    """The room as the page hears it."""

    def __init__(self, page: Page, running: App, finals: int) -> None:
        self.finals = finals
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/ws/rooms/**", self._joined)
        page.route("**/segments?*", self._page)
        page.add_init_script(f"({HOOK})()")
        page.goto(f"http://localhost:{running.port}/r/{running.slugs[0]}/")
        page.wait_for_function(
            "() => document.querySelector('[data-testid=viewer-state]').textContent === 'On the air'"
        )

    def _joined(self, socket: WebSocketRoute) -> None:
        newest = [segment(n) for n in range(max(1, self.finals - PAGE_SEGMENTS + 1), self.finals + 1)]
        hello = {
            "type": "hello",
            "room": {"slug": "bench", "title": "Bench", "language": "en-US"},
            "live": True,
            "now": "2026-01-02T00:00:00+00:00",
            "version": self.finals,
            "segments": newest,
            "more": self.finals > PAGE_SEGMENTS,
        }
        socket.send(json.dumps(hello))
        self.sockets.append(socket)

    def _page(self, route: Route) -> None:
        before = int(route.request.url.rpartition("=")[2])
        low = max(1, before - PAGE_SEGMENTS)
        segments = [segment(number) for number in range(low, before)]
        body = {"type": "changes", "version": low, "segments": segments, "more": low > 1}
        route.fulfill(json=body)

    def say(self, text: str) -> None:
        interim = {
            "type": "interim",
            "session": "00000000-0000-4000-8000-000000000001",
            "utterance": self.finals + 1,
            "text": text,
            "offset_ms": self.finals * 4000 + 4000,
            "language": "en-US",
        }
        self.sockets[-1].send(json.dumps(interim))


def measured(browser: Browser, running: App, *, finals: int, words: int, seconds: float) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    room = Room(page, running, finals)
    lines = page.get_by_test_id("caption-segment")
    while lines.count() < finals:
        held = lines.count()
        page.get_by_role("button", name="Earlier captions").dispatch_event("click")
        page.wait_for_function(
            f"() => document.querySelectorAll('[data-testid=caption-segment]').length > {held}"
        )
    page.evaluate("() => new Promise((done) => setTimeout(done, 1000))")
    page.evaluate(MEASURE)
    steps = int(seconds * RATE_HZ)
    for step in range(1, steps + 1):
        count = max(1, words * step // steps)
        room.say(" ".join(WORDS[index % len(WORDS)] for index in range(count)))
        page.wait_for_timeout(1000 / RATE_HZ)
    paints = sorted(page.evaluate("() => window.paints"))
    frames = page.evaluate("() => window.frames.slice(5)")
    assert len(paints) > 0.9 * steps, f"{len(paints)} of {steps} interims were painted"
    in_sight = page.evaluate(
        "() => { const [box, words] = ['.captions__scroll', '.caption--interim'].map((s) =>"
        " document.querySelector(s).getBoundingClientRect()); return words.bottom <= box.bottom + 1; }"
    )
    assert in_sight, "the newest words have left the box"
    page.close()
    return {
        "p50 ms": statistics.median(paints),
        "p95 ms": paints[int(0.95 * len(paints))],
        "worst ms": paints[-1],
        "frames a second": 1000 * len(frames) / sum(frames),
        "frames over 34 ms, %": 100 * sum(frame > 34 for frame in frames) / len(frames),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--finals", type=int, default=5000)
    parser.add_argument("--words", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    with app() as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        short = measured(browser, running, finals=1, words=20, seconds=asked.seconds)
        long = measured(browser, running, finals=asked.finals, words=asked.words, seconds=asked.seconds)
        browser.close()
    print(f"{'':<22}{'empty page':>12}{f'{asked.finals} finals':>14}{'ratio':>8}")
    for name, value in short.items():
        ratio = f"{long[name] / value:.2f}" if value else ""
        print(f"{name:<22}{value:>12.1f}{long[name]:>14.1f}{ratio:>8}")


if __name__ == "__main__":
    main()
