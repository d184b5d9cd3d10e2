"""What host and readers are told in words: what is away, what is kept, what is lost, what is over."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, WebSocketRoute, expect

from tests.browser import people
from tests.browser.conftest import Site
from tests.browser.network import Network
from tests.browser.people import speaking

BACK_MS = 25_000
"""Waits between two attempts grow, and a busy machine is slow."""


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    return people.make_room(ada, scripted_site.url, "Spring lectures")


class Wire:
    """The socket of a page, on which a test can let the server say more than it does."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/ws/"), self._pass)

    def _pass(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        self._sockets.append(socket)

    def says(self, **message: Any) -> None:
        self._sockets[-1].send(json.dumps(message))

    def status(self, upstream: str, **more: int) -> None:
        self.says(type="status", live=upstream != "ended", upstream=upstream, **more)


def state(page: Page) -> Locator:
    return page.get_by_test_id("host-state")


def text(page: Page) -> Locator:
    return page.locator("[data-part=state-text]")


def count(page: Page) -> Locator:
    return page.locator("[data-part=count]")


@contextmanager
def read_aloud(page: Page) -> Iterator[list[str]]:
    """What a screen reader is given meanwhile: texts that regions with role=status came to have."""
    page.evaluate(
        """() => {
          window.aloud = [];
          const regions = [...document.querySelectorAll("[role=status]")];
          window.listening = regions.map((region) => {
            let last = region.textContent.replace(/\\s+/g, " ").trim();
            const observer = new MutationObserver(() => {
              const text = region.textContent.replace(/\\s+/g, " ").trim();
              if (text && text !== last) window.aloud.push(text);
              last = text;
            });
            observer.observe(region, { childList: true, subtree: true, characterData: true });
            return observer;
          });
        }"""
    )
    said: list[str] = []
    yield said
    said += page.evaluate(
        "() => { window.listening.forEach((each) => each.disconnect()); return window.aloud; }"
    )


@pytest.fixture
def hosting(
    scripted_site: Site, room: str, ada_talking: BrowserContext, complaints
) -> Iterator[tuple[Page, Wire]]:
    """A host on the air, and the wire to its page."""
    page = complaints.watch(ada_talking.new_page())
    wire = Wire(page)
    page.goto(f"{scripted_site.url}/rooms/{room}/host/")
    page.get_by_test_id("host-start").click()
    expect(state(page)).to_have_text("On the air")
    # What the server says of its own is over then, until something happens.
    expect(text(page)).to_have_text("What you say is written down for the room.")
    yield page, wire
    page.get_by_test_id("host-stop").click()
    expect(state(page)).to_have_text("Off the air", timeout=BACK_MS)


@pytest.fixture
def reading(scripted_site: Site, room: str, reader: BrowserContext, complaints) -> tuple[Page, Wire]:
    """A reader's page, and the wire to it."""
    page = complaints.watch(reader.new_page())
    wire = Wire(page)
    page.goto(f"{scripted_site.url}/r/{room}/")
    expect(page.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")
    return page, wire


def keep_away(wire: Wire, seconds: range, **more: int) -> None:
    for second in seconds:
        wire.status("lost", kept_ms=1000 * second, **more)


# --- the host --------------------------------------------------------------------------------------


def test_a_host_reads_how_much_is_kept_while_the_speech_service_is_away(hosting):
    page, wire = hosting
    with read_aloud(page) as aloud:
        keep_away(wire, range(1, 13))
        expect(state(page)).to_have_text("Reconnecting to the speech service")
        expect(text(page)).to_have_text(
            "Go on speaking: what you say is being kept, and its captions will follow."
        )
        expect(count(page)).to_have_text("Kept: 12 s.")
        # Real seconds go by before it is back, or nobody would have noticed.
        page.wait_for_function("() => performance.now() - (window.since ??= performance.now()) > 2500")
        wire.status("live")
        expect(page.locator("[data-topic=lost]")).to_have_text("Back. Nothing was lost.")
        expect(state(page)).to_have_text("On the air")
        expect(count(page)).to_be_hidden()
    away = [each for each in aloud if "Reconnecting" in each]
    assert len(away) == 1, "twelve seconds are read aloud once"
    assert not any(re.search(r"\d", each) for each in aloud), aloud
    expect(page.locator("[data-topic=lost]")).to_have_count(0)


def test_a_host_reads_what_is_lost_and_afterwards_what_it_was(hosting):
    page, wire = hosting
    keep_away(wire, range(58, 61))
    keep_away(wire, range(60, 61), lost_ms=30_000)
    expect(text(page)).to_contain_text("some of what you say is being lost")
    expect(count(page)).to_have_text("Kept: 1 min. Lost: 30 s.")
    wire.status("live")
    expect(page.locator("[data-topic=lost]")).to_have_text("Back. Lost: 30 s.")


def test_a_host_reads_that_the_speech_service_rests(hosting):
    page, wire = hosting
    wire.status("paused")
    expect(state(page)).to_have_text("On the air")
    expect(text(page)).to_contain_text("Speak, and it goes on: nothing is lost.")
    wire.status("live")
    expect(text(page)).to_have_text("What you say is written down for the room.")


def test_a_host_reads_that_captions_wait_for_the_database(hosting):
    page, wire = hosting
    wire.status("live", unstored=3)
    notice = page.locator("[data-topic=store]")
    expect(notice).to_contain_text("stored as soon as it is back: keep this page open")
    expect(count(page)).to_have_text("3 captions wait to be stored.")
    full = "The database has not answered for so long that captions are lost if this server ends."
    wire.says(type="error", code="store.behind", message=full, fatal=False)
    expect(notice).to_have_text(full)
    wire.status("live")
    expect(notice).to_have_count(0)
    expect(count(page)).to_be_hidden()


def test_a_host_without_network_reads_how_much_this_page_keeps(
    scripted_site: Site, room: str, ada_talking: BrowserContext, complaints
):
    with Network(scripted_site.url) as network:
        page = complaints.watch(ada_talking.new_page(), console=False)
        page.goto(f"{network.url}/rooms/{room}/host/")
        page.get_by_test_id("host-start").click()
        expect(state(page)).to_have_text("On the air")
        with read_aloud(page) as aloud:
            with network.away():
                expect(state(page)).to_have_text("Reconnecting")
                for kept in range(3, 8):
                    expect(count(page)).to_have_text(f"Kept: {kept} s.")
            expect(state(page)).to_have_text("On the air", timeout=BACK_MS)
            expect(page.locator("[data-topic=lost]")).to_have_text("Back. Nothing was lost.")
        assert len([each for each in aloud if "Reconnecting" in each]) == 1, aloud
        page.get_by_test_id("host-stop").click()
        expect(state(page)).to_have_text("Off the air", timeout=BACK_MS)


def test_a_tab_that_crashed_is_followed_by_another_one_in_the_same_session(
    scripted_site: Site, room: str, ada_talking: BrowserContext, complaints
):
    page = ada_talking.new_page()
    page.goto(f"{scripted_site.url}/rooms/{room}/host/")
    page.get_by_test_id("host-start").click()
    expect(page.get_by_test_id("caption-segment")).not_to_have_count(0, timeout=BACK_MS)
    with page.expect_event("crash"):
        crash(page)

    another = complaints.watch(ada_talking.new_page())
    another.goto(f"{scripted_site.url}/rooms/{room}/host/")
    expect(another.get_by_text("Your session goes on.")).to_be_visible()
    another.get_by_test_id("host-continue").click()
    expect(state(another)).to_have_text("On the air")
    another.get_by_test_id("host-stop").click()
    expect(state(another)).to_have_text("Off the air", timeout=BACK_MS)
    rows = people.stored(scripted_site.data_dir, room)
    assert len({row["session_id"] for row in rows}) == 1
    ends_ms = [row["offset_ms"] + row["duration_ms"] for row in rows]
    assert all(row["offset_ms"] >= end_ms for row, end_ms in zip(rows[1:], ends_ms, strict=False)), rows


def crash(page: Page) -> None:
    """What the system does to a tab that takes too much of its memory."""
    page.on("dialog", lambda dialog: dialog.accept())
    with suppress(Error):
        page.goto("chrome://crash", timeout=10_000)


@pytest.mark.parametrize("goes_on", ["the other tab is on the air", "the other tab has stopped"])
def test_the_air_is_taken_back_by_one_click(
    scripted_site: Site,
    room: str,
    talking_browser: Browser,
    ada_talking: BrowserContext,
    ada_state,
    complaints,
    goes_on: str,
):
    first = complaints.watch(ada_talking.new_page())
    other_context = talking_browser.new_context(storage_state=ada_state, permissions=["microphone"])
    second = complaints.watch(other_context.new_page())
    for page in (first, second):
        page.goto(f"{scripted_site.url}/rooms/{room}/host/")
        expect(page.locator("[data-host][data-ready]")).to_be_visible()
    first.get_by_test_id("host-start").click()
    expect(state(first)).to_have_text("On the air")
    second.get_by_test_id("host-start").click()
    second.get_by_test_id("host-take-over").click()
    expect(state(second)).to_have_text("On the air")
    expect(first.get_by_role("alert")).to_contain_text("Your session goes on elsewhere.")
    if "stopped" in goes_on:
        second.get_by_test_id("host-stop").click()
        expect(state(second)).to_have_text("Off the air", timeout=BACK_MS)

    first.get_by_role("button", name="Go on here").click()
    expect(state(first)).to_have_text("On the air")
    expect(first.locator("[data-topic=session]")).to_contain_text("A new one has begun")
    if "stopped" not in goes_on:
        expect(second.get_by_role("alert")).to_contain_text("Your session goes on elsewhere.")
    first.get_by_test_id("host-stop").click()
    expect(state(first)).to_have_text("Off the air", timeout=BACK_MS)
    other_context.close()


# --- readers ---------------------------------------------------------------------------------------


def test_a_reader_reads_what_is_kept_lost_and_back(reading):
    page, wire = reading
    told = page.get_by_test_id("viewer-state")
    with read_aloud(page) as aloud:
        wire.status("live")
        expect(told).to_have_text("On the air")
        keep_away(wire, range(1, 13))
        expect(told).to_have_text("On the air. Captions are held up and will follow.")
        expect(count(page)).to_have_text("Kept: 12 s.")
        wire.status("lost", kept_ms=60_000, lost_ms=5_000)
        expect(told).to_have_text("On the air. Captions are held up, and some of what is said is being lost.")
        wire.status("lost", kept_ms=60_000, lost_ms=9_000)
        expect(count(page)).to_have_text("Kept: 1 min. Lost: 9 s.")
        wire.status("live")
        expect(told).to_have_text("On the air")
        expect(page.locator("[data-part=back]")).to_have_text("Back. Lost: 9 s.")
    expect(page.locator("[data-part=back]")).to_have_text("")
    assert len(aloud) == 5, aloud
    wire.status("paused")
    expect(told).to_have_attribute("data-tone", "quiet")
    expect(told).to_have_text("On the air")
    wire.status("ended")
    expect(told).to_have_text("The session is over. Nobody is on the air.")


def test_a_reader_without_network_reads_for_how_long_and_that_nothing_was_missed(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    with Network(scripted_site.url) as network, speaking(ada, scripted_site.url, room) as speaker:
        page = complaints.watch(reader.new_page(), console=False)
        page.goto(f"{network.url}/r/{room}/")
        told = page.get_by_test_id("viewer-state")
        expect(told).to_have_text("On the air")
        with read_aloud(page) as aloud:
            with network.away():
                expect(told).to_have_text("Connection lost. Trying again…")
                expect(count(page)).to_have_text("For 3 s. What is said meanwhile will follow.")
                speaker.say(2)
            expect(page.locator("[data-part=back]")).to_have_text("Back. Nothing was lost.", timeout=BACK_MS)
            expect(page.get_by_test_id("caption-segment")).to_have_count(2)
        assert [each for each in aloud if "Connection" in each] == ["Connection lost. Trying again…"]


def test_a_reader_of_a_closed_room_reads_that_it_is_asked_again(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page(), console=False)
    page.goto(f"{scripted_site.url}/r/{room}/")
    people.close_room(ada, scripted_site.url, room)
    told = page.get_by_test_id("viewer-state")
    expect(told).to_contain_text("This room is closed.")
    expect(told).to_contain_text("When it is open again, captions go on here.")
    people.submit(ada, f"{scripted_site.url}/rooms/{room}/", to="open/")
    # Whoever comes back to the page does not wait for the next try.
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    expect(told).to_have_text("Connected. Nobody is on the air.")


# --- how they look ---------------------------------------------------------------------------------

STATES: dict[str, Callable[[Wire], None]] = {
    "kept": lambda wire: wire.status("lost", kept_ms=12_000),
    "lost": lambda wire: wire.status("lost", kept_ms=60_000, lost_ms=30_000, unstored=7),
    "paused": lambda wire: wire.status("paused"),
    "back": lambda wire: wire.status("live"),
}


def look(page: Page, wire: Wire, name: str) -> None:
    """Nothing for axe to find, and nothing wider than the screen, in each state, size and colour."""
    # Colours on their way from one look to the other are nobody's.
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)
    for state_name, bring_about in STATES.items():
        for width, height in ((320, 640), (1280, 800)):
            page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                bring_about(wire)
                tone = {"kept": "warn", "lost": "error", "paused": "quiet", "back": "live"}[state_name]
                expect(page.locator(f"[role=status][data-tone={tone}]")).to_be_visible()
                overflow = page.evaluate(
                    "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert overflow <= 0, f"{name} {state_name} at {width}"
                found = page.evaluate("() => axe.run()")
                assert [each["id"] for each in found["violations"]] == [], f"{name} {state_name} {scheme}"


def test_axe_finds_nothing_on_the_host_page_in_any_state(hosting):
    page, wire = hosting
    look(page, wire, "host")


def test_axe_finds_nothing_on_the_readers_page_in_any_state(reading):
    page, wire = reading
    wire.status("live")
    look(page, wire, "viewer")
