"""A day's speech time on the host page: seen before, warned of on the air, and an end that costs no word."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser import people, sounds
from tests.browser.conftest import Site
from tests.browser.test_accessibility import complaints_of
from tests.browser.test_host import OFF_THE_AIR, SPOKEN_MS, host_page, lines, problem, speech, start, state


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    """A room with one minute a day, of which eight seconds are left."""
    slug = people.make_room(ada, scripted_site.url, "A short talk")
    with (
        closing(sqlite3.connect(scripted_site.data_dir / "voxweb.sqlite3", timeout=10)) as database,
        database,
    ):
        database.execute("UPDATE captions_room SET minutes_per_day = 1 WHERE slug = ?", [slug])
        database.execute(
            "INSERT INTO captions_usage (day, room_id, user_id, by_guest, samples)"
            " SELECT ?, id, owner_id, 0, ? FROM captions_room WHERE slug = ?",
            [dt.datetime.now(dt.UTC).date().isoformat(), 52 * sounds.RATE_HZ, slug],
        )
    return slug


def test_a_host_is_warned_and_the_session_ends_with_every_word_kept(
    scripted_site: Site, room: str, ada_talking: BrowserContext, reader: BrowserContext, complaints
):
    viewer = complaints.watch(reader.new_page())
    viewer.goto(f"{scripted_site.url}/r/{room}/")
    page = host_page(ada_talking, scripted_site.url, room, complaints)
    spend = page.get_by_test_id("host-spend")
    expect(spend).to_have_text("1 min used today, less than a minute left (limit of this room)")
    assert spend.evaluate("(line) => line.closest('[role=status], [aria-live]')") is None, "not announced"

    assert complaints_of(page) == []

    start(page)
    expect(page.locator("[role=status] [data-topic=spend]")).to_contain_text(
        "Of today's speech time less than a minute is left (limit of this room: 1 min)."
    )
    expect(problem(page)).to_contain_text("No speech time is left for today.", timeout=SPOKEN_MS)
    expect(problem(page)).to_contain_text("It begins anew at 00:00 UTC.")
    expect(state(page)).to_have_text(OFF_THE_AIR)
    expect(spend).to_have_text("1 min used today, nothing left (limit of this room)")
    expect(page.locator("[data-topic=spend]")).to_have_count(0)
    expect(page.get_by_role("link", name="Read and download what was said")).to_be_visible()
    expect(viewer.get_by_test_id("viewer-state")).to_contain_text("Nobody is on the air")

    said = [row["text"] for row in speech(scripted_site, room)]
    assert len(said) > 2
    expect(lines(page)).to_have_text(said)
    expect(lines(viewer)).to_have_text(said)
    assert len(people.stored(scripted_site.data_dir, room)) == len(said), "and nothing is lost"

    page.get_by_test_id("host-start").click()
    expect(problem(page)).to_contain_text("If more is needed today, ask whoever runs this site.")
    expect(state(page)).to_have_text(OFF_THE_AIR)
    expect(page.get_by_role("link", name="Read and download what was said")).to_be_hidden()
    assert len(speech(scripted_site, room)) == len(said)
