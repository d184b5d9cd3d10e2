"""A host's computer that stands still: what it did not hear is a gap, what it heard is none."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from tests.browser import people, sounds
from tests.browser.conftest import FLAGS, Site
from tests.find_browser import find

SLEPT_S = 4.0
SPOKEN_MS = 30_000
AFTER_WAKING_MS = 1_500
"""Sound takes a moment to begin again."""


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    return people.make_room(ada, scripted_site.url, "Spring lectures")


def processes_of(mark: str) -> list[int]:
    """The processes that have a word in their command line, and all that they started, oldest first."""
    parents: dict[int, int] = {}
    marked = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        pid = int(entry.name)
        parents[pid] = int(stat.rsplit(")", 1)[1].split()[1])
        if mark.encode() in command:
            marked.add(pid)
    found = set(marked)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {os.getpid()})


@contextmanager
def asleep(mark: str) -> Iterator[None]:
    """All processes of one browser stand still, as in a computer that sleeps."""
    pids = processes_of(mark)
    assert len(pids) > 2, "a browser has several processes"
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def on_the_air(page: Page, site: Site, room: str) -> None:
    page.goto(f"{site.url}/rooms/{room}/host/")
    page.get_by_test_id("host-start").click()
    expect(page.get_by_test_id("caption-segment")).not_to_have_count(0, timeout=SPOKEN_MS)


def stop(page: Page) -> None:
    page.get_by_test_id("host-stop").click()
    expect(page.get_by_test_id("host-state")).to_have_text("Off the air", timeout=SPOKEN_MS)


def test_a_sleep_becomes_a_gap_of_its_length_and_the_session_goes_on(
    scripted_site: Site, room: str, browser_type: BrowserType, ada_state: Path, tmp_path: Path, complaints
):
    voice = tmp_path / "sleepy.wav"
    voice.write_bytes(sounds.wav(sounds.sentence(900)))
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
    browser = browser_type.launch(executable_path=find(), args=flags)
    context = browser.new_context(storage_state=ada_state, permissions=["microphone"])
    page = complaints.watch(context.new_page())
    on_the_air(page, scripted_site, room)
    with asleep(str(voice)):
        time.sleep(SLEPT_S)  # how long it sleeps, not how long we wait for something
    expect(page.locator("[data-topic=slept]")).to_contain_text("Nothing could be heard for")
    gap = page.locator(".caption--gap")
    expect(gap).to_have_count(1, timeout=SPOKEN_MS)
    before = page.get_by_test_id("caption-segment").count()
    expect(page.get_by_test_id("caption-segment").nth(before)).to_be_visible(timeout=SPOKEN_MS)
    stop(page)
    browser.close()

    rows = people.stored(scripted_site.data_dir, room)
    (lost,) = [row for row in rows if row["kind"] == "gap"]
    assert lost["duration_ms"] == pytest.approx(1000 * SLEPT_S, abs=AFTER_WAKING_MS)
    assert len({row["session_id"] for row in rows}) == 1
    assert rows[-1]["kind"] == "speech"


def test_a_page_that_was_frozen_has_heard_all_the_same(
    scripted_site: Site, room: str, ada_talking: BrowserContext, complaints
):
    page = complaints.watch(ada_talking.new_page())
    on_the_air(page, scripted_site, room)
    devtools = ada_talking.new_cdp_session(page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(SLEPT_S)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    before = page.get_by_test_id("caption-segment").count()
    expect(page.get_by_test_id("caption-segment").nth(before + 2)).to_be_visible(timeout=SPOKEN_MS)
    stop(page)
    rows = people.stored(scripted_site.data_dir, room)
    assert [row["kind"] for row in rows] == ["speech"] * len(rows)
    # A sentence each 1.6 s, also where the page stood still; the first may be heard from its middle.
    begins_ms = [row["offset_ms"] for row in rows[1:]]
    assert [b - a for a, b in pairwise(begins_ms)] == pytest.approx([1600] * (len(rows) - 2), abs=100)
