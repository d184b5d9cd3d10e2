"""Somebody without an account, let in by a link and shown out again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import people
from tests.browser.conftest import SENTENCES, Site
from tests.browser.people import speaking

WITHIN_MS = 3_000
"""What "within seconds" means to somebody who presses Revoke."""
SPOKEN_MS = 30_000


@pytest.fixture
def guest_talking(talking_browser: Browser) -> Iterator[BrowserContext]:
    """Nobody is signed in, and there is a microphone that may be used."""
    context = talking_browser.new_context(permissions=["microphone"])
    yield context
    context.close()


def make_link(owner: Page, label: str, may: str) -> str:
    """Fill in the form on the room's page, and take the link from there."""
    owner.get_by_label("Whom it is for").fill(label)
    owner.get_by_label("They may").select_option(may)
    owner.get_by_role("button", name="Make the link").click()
    expect(owner.get_by_role("status")).to_contain_text(f"The link for {label} is made.")
    return owner.get_by_label(f"Guest link for {label}").input_value()


def revoke(owner: Page, label: str) -> None:
    owner.get_by_role("button", name=f"Revoke the link for {label}").click()
    expect(owner.get_by_role("status")).to_contain_text(f"The link for {label} is revoked.")


def test_a_guest_speaks_by_a_link_until_it_is_revoked(
    scripted_site: Site, ada: BrowserContext, guest_talking: BrowserContext, complaints
):
    slug = people.make_room(ada, scripted_site.url, "Spring lectures")
    owner = complaints.watch(ada.new_page())
    owner.goto(f"{scripted_site.url}/rooms/{slug}/")
    link = make_link(owner, "Anna's laptop", "Speak")

    guest = complaints.watch(guest_talking.new_page())
    guest.goto(link)
    expect(guest).to_have_url(f"{scripted_site.url}/rooms/{slug}/host/")
    expect(guest.get_by_text("You are here as guest Anna's laptop")).to_be_visible()
    guest.get_by_test_id("host-start").click()
    expect(guest.get_by_test_id("host-state")).to_have_text("On the air")
    expect(guest.get_by_test_id("caption-segment").first).to_have_text(SENTENCES[0], timeout=SPOKEN_MS)

    owner.reload()
    expect(owner.get_by_text("hosted by guest Anna's laptop")).to_be_visible()
    revoke(owner, "Anna's laptop")
    expect(guest.get_by_test_id("host-state")).to_have_text("Off the air", timeout=WITHIN_MS)
    expect(guest.get_by_role("alert")).to_contain_text(
        "You may not speak in this room. This guest link was taken back by the room's owner."
    )
    expect(guest.get_by_role("alert")).to_contain_text("Ask the person who sent it for a new one.")
    owner.goto(f"{scripted_site.url}/r/{slug}/")
    expect(owner.get_by_test_id("viewer-state")).to_contain_text("Nobody is on the air")
    assert people.stored(scripted_site.data_dir, slug)[0]["text"] == SENTENCES[0]

    guest.get_by_test_id("host-start").click()
    expect(guest.get_by_role("alert")).to_contain_text("taken back")
    guest.close(run_before_unload=False)


def test_a_guest_who_reloads_goes_on_with_the_session(
    scripted_site: Site, ada: BrowserContext, guest_talking: BrowserContext, complaints
):
    slug = people.make_room(ada, scripted_site.url, "Spring lectures")
    owner = ada.new_page()
    owner.goto(f"{scripted_site.url}/rooms/{slug}/")
    guest = complaints.watch(guest_talking.new_page())
    guest.goto(make_link(owner, "Anna", "Speak"))
    guest.on("dialog", lambda dialog: dialog.accept())
    guest.get_by_test_id("host-start").click()
    expect(guest.get_by_test_id("caption-segment")).not_to_have_count(0, timeout=SPOKEN_MS)
    guest.reload()
    guest.get_by_test_id("host-continue").click()
    expect(guest.get_by_test_id("host-state")).to_have_text("On the air")
    guest.get_by_test_id("host-stop").click()
    expect(guest.get_by_test_id("host-state")).to_have_text("Off the air", timeout=SPOKEN_MS)
    with guest.expect_download() as download:
        guest.get_by_role("link", name="Download what was said").click()
    assert SENTENCES[0] in download.value.path().read_text(encoding="utf-8")
    assert len({row["session_id"] for row in people.stored(scripted_site.data_dir, slug)}) == 1


def test_a_guest_reads_in_a_room_for_members_until_the_link_is_revoked(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, complaints
):
    slug = people.make_room(ada, scripted_site.url, "Among us", access="members")
    owner = ada.new_page()
    owner.goto(f"{scripted_site.url}/rooms/{slug}/")
    guest = complaints.watch(reader.new_page())
    guest.goto(make_link(owner, "Anna", "Read along"))
    expect(guest).to_have_url(f"{scripted_site.url}/r/{slug}/")
    state = guest.get_by_test_id("viewer-state")
    with speaking(ada, scripted_site.url, slug) as speaker:
        speaker.say(1)
        expect(guest.get_by_test_id("caption-segment")).to_have_text(SENTENCES[:1])
        revoke(owner, "Anna")
        expect(state).to_contain_text("This guest link was taken back", timeout=WITHIN_MS)
        speaker.say(1)
    expect(guest.get_by_test_id("caption-segment")).to_have_text(SENTENCES[:1])


def test_a_member_who_is_removed_is_told_within_seconds(
    scripted_site: Site, ada: BrowserContext, ben: BrowserContext, complaints
):
    slug = people.make_room(ada, scripted_site.url, "Spring lectures")
    page = f"{scripted_site.url}/rooms/{slug}/"
    people.submit(ada, page, to="people/add/", username="ben", role="viewer")
    people.submit(
        ada, page, to="edit/", title="Spring lectures", language="en-US", language_other="", access="members"
    )
    reading = complaints.watch(ben.new_page())
    reading.goto(f"{scripted_site.url}/r/{slug}/")
    state = reading.get_by_test_id("viewer-state")
    expect(state).to_contain_text("Connected.")
    people.submit(ada, page, to="people/remove/", username="ben")
    expect(state).to_contain_text("This room is for its members only.", timeout=WITHIN_MS)


def test_links_are_made_and_revoked_without_javascript(scripted_site: Site, browser: Browser, ada_state):
    context = browser.new_context(storage_state=ada_state, java_script_enabled=False)
    slug = people.make_room(context, scripted_site.url, "Spring lectures")
    page = context.new_page()
    page.goto(f"{scripted_site.url}/rooms/{slug}/")
    link = make_link(page, "Anna", "Speak")
    assert re.fullmatch(rf"{scripted_site.url}/g/[\w.-]+/", link)
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    revoke(page, "Anna")
    expect(page.get_by_test_id("guest-link")).to_have_count(0)
    context.close()
