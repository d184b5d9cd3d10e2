"""The page whose link people share: every caption once and in order, whatever the network does."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import people
from tests.browser.conftest import HOSTILE, SENTENCES, Site
from tests.browser.network import Network
from tests.browser.people import speaking

RECONNECTED_MS = 20_000
"""The wait between two attempts grows, and a busy machine is slow."""


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    return people.make_room(ada, scripted_site.url, "Spring lectures")


def lines(page: Page):
    return page.get_by_test_id("caption-segment")


def shown_ids(page: Page) -> list[str]:
    return lines(page).evaluate_all("(all) => all.map((line) => line.dataset.segmentId.replaceAll('-', ''))")


def stored_ids(site: Site, room: str) -> list[str]:
    return [str(row["id"]).replace("-", "") for row in people.stored(site.data_dir, room)]


# --- finals, once and in order ---------------------------------------------------------------------


def test_finals_come_once_and_in_order_over_a_connection_that_drops(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    with Network(scripted_site.url) as network, speaking(ada, scripted_site.url, room) as speaker:
        page = complaints.watch(reader.new_page(), console=False)
        page.goto(f"{network.url}/r/{room}/")
        speaker.say(2)
        expect(lines(page)).to_have_text(SENTENCES[:2])
        speaker.begin()
        expect(page.get_by_test_id("caption-interim")).not_to_be_empty()
        with network.away():
            expect(page.get_by_test_id("viewer-state")).to_have_text("Connection lost. Trying again…")
            speaker.finish()
            speaker.say(2)
            # Who is connected has all of it before the other one is back.
            another = complaints.watch(reader.new_page())
            another.goto(f"{scripted_site.url}/r/{room}/")
            expect(lines(another)).to_have_count(5)
            expect(lines(page)).to_have_count(2)
        expect(page.get_by_test_id("viewer-state")).to_have_text("On the air", timeout=RECONNECTED_MS)
        expect(lines(page)).to_have_text(SENTENCES[:5])
        expect(page.get_by_test_id("caption-interim")).to_have_count(0)
        # Cut once more, with nothing missed, and go on.
        network.cut()
        speaker.say(2)
        expect(lines(page)).to_have_text(SENTENCES[:7], timeout=RECONNECTED_MS)
        assert shown_ids(page) == stored_ids(scripted_site, room)
        assert len(set(shown_ids(page))) == 7


def test_interim_words_give_way_to_the_final(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/")
    expect(page.get_by_text("Captions appear here when somebody speaks.")).to_be_visible()
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.begin()
        interim = page.get_by_test_id("caption-interim")
        expect(interim).to_have_text("Good evening, and")
        expect(page.get_by_test_id("caption-log")).to_be_empty()
        expect(page.get_by_text("Captions appear here when somebody speaks.")).to_be_hidden()
        assert interim.evaluate("(line) => line.closest('[role=log]') === null"), "read aloud word by word"
        assert interim.evaluate("(line) => line.closest('[aria-hidden=true]') !== null")
        speaker.finish()
        expect(lines(page)).to_have_text(SENTENCES[:1])
        expect(interim).to_have_count(0)


def test_what_was_lost_is_said_in_words(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say()
        speaker.lose(12_000)
        speaker.say()
        expect(lines(page)).to_have_text(
            [SENTENCES[0], "[no captions for 12 s: the audio was lost]", SENTENCES[1]]
        )
    page.reload()
    expect(lines(page).nth(1)).to_have_text("[no captions for 12 s: the audio was lost]")


# --- reading ---------------------------------------------------------------------------------------


def test_a_reader_who_scrolls_up_stays_there_and_is_offered_the_latest(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page())
    page.set_viewport_size({"width": 640, "height": 360})
    page.goto(f"{scripted_site.url}/r/{room}/")
    latest = page.get_by_role("button", name="Latest")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(4)
        expect(lines(page)).to_have_count(4)
        expect(lines(page).last).to_be_in_viewport()
        expect(latest).to_be_hidden()

        page.mouse.move(300, 200)
        page.mouse.wheel(0, -5000)
        expect(latest).to_be_visible()
        expect(lines(page).first).to_be_in_viewport()
        speaker.say(2)
        speaker.begin()
        expect(lines(page)).to_have_count(6)
        expect(page.get_by_test_id("caption-interim")).not_to_be_empty()
        expect(latest).to_have_text(re.compile(r"2 new"))
        expect(lines(page).first).to_be_in_viewport()
        expect(lines(page).last).not_to_be_in_viewport()

        latest.click()
        expect(latest).to_be_hidden()
        expect(page.get_by_test_id("caption-interim")).to_be_in_viewport()
        speaker.finish()
        expect(lines(page)).to_have_count(7)
        expect(lines(page).last).to_be_in_viewport()


def test_a_correction_changes_the_line_where_it_stands(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(3)
        expect(lines(page)).to_have_text(SENTENCES[:3])
        before = shown_ids(page)
        page.evaluate("() => { window.line = document.querySelectorAll('[data-segment-id]')[1]; }")

        corrected = "Tonight we ask how a <bridge> carries itself."
        segment = lines(page).nth(1).get_attribute("data-segment-id")
        assert segment
        people.correct(ada, scripted_site.url, segment, corrected)
        expect(lines(page)).to_have_text([SENTENCES[0], corrected, SENTENCES[2]])
        expect(lines(page).nth(1)).to_have_attribute("data-revision", "1")
        assert shown_ids(page) == before
        assert page.evaluate("() => window.line.isConnected"), "another line took its place"

        people.correct(ada, scripted_site.url, segment, "")
        expect(lines(page).nth(1)).to_be_hidden()
        expect(lines(page).nth(2)).to_be_visible()


# --- hostile text ----------------------------------------------------------------------------------


def test_hostile_text_is_plain_text_and_stays_in_its_place(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page())
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{scripted_site.url}/r/{room}/")
    title = page.title()
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(len(SENTENCES) + len(HOSTILE) - 1)
        # The last one: first as interim, then as final.
        speaker.begin()
        expect(page.get_by_test_id("caption-interim")).to_have_text(HOSTILE[-1])
        assert too_wide(page) == []
        speaker.finish()
        expect(lines(page)).to_have_count(len(SENTENCES) + len(HOSTILE))
        session = speaker.session

    # Once as they came over the socket, once as the server writes them.
    check_hostile(page, title)
    page.reload()
    check_hostile(page, title)

    review = complaints.watch(ada.new_page())
    review.set_viewport_size({"width": 320, "height": 640})
    review.goto(f"{scripted_site.url}/sessions/{session}/review/")
    check_hostile(review, review.title())


def check_hostile(page: Page, title: str) -> None:
    texts = lines(page).evaluate_all("(all) => all.map((line) => line.textContent)")
    assert [plain(text) for text in texts[len(SENTENCES) :]] == [plain(text) for text in HOSTILE]
    assert lines(page).locator("*").count() == 0, "markup in a caption became elements"
    assert page.title() == title
    assert too_wide(page) == []
    boxes = lines(page).evaluate_all("(all) => all.map((line) => line.getBoundingClientRect().bottom)")
    assert boxes == sorted(boxes), "lines lie over each other"


def plain(text: str) -> str:
    return " ".join(text.split())


def too_wide(page: Page) -> list[str]:
    return page.evaluate("""() => [document.scrollingElement, document.querySelector("[data-part=scroll]")]
        .filter((element) => element && element.scrollWidth > element.clientWidth)
        .map((element) => `${element.tagName}: ${element.scrollWidth}`)""")


@pytest.mark.parametrize(("language", "direction"), [("ar-EG", "rtl"), ("en-US", "ltr")])
def test_captions_run_the_way_their_language_does(
    language: str,
    direction: str,
    scripted_site: Site,
    ada: BrowserContext,
    reader: BrowserContext,
):
    room = people.make_room(ada, scripted_site.url, "Direction", language=language)
    page = reader.new_page()
    page.goto(f"{scripted_site.url}/r/{room}/")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say()
        expect(lines(page)).to_have_count(1)
        expect(lines(page)).to_have_css("direction", direction)
        expect(lines(page)).to_have_attribute("lang", language)


# --- what the reader is told -----------------------------------------------------------------------


def test_the_connection_and_the_speaker_are_told_in_words(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    with Network(scripted_site.url) as network:
        page = complaints.watch(reader.new_page(), console=False)
        page.goto(f"{network.url}/r/{room}/")
        state = page.get_by_test_id("viewer-state")
        expect(state).to_have_text("Connected. Nobody is on the air.")
        expect(state).to_have_attribute("role", "status")
        with speaking(ada, scripted_site.url, room) as speaker:
            speaker.say()
            expect(lines(page)).to_have_text(SENTENCES[:1])
            expect(state).to_have_text("On the air")
            with network.away():
                expect(state).to_have_text("Connection lost. Trying again…")
                expect(lines(page)).to_have_text(SENTENCES[:1])
            expect(state).to_have_text("On the air", timeout=RECONNECTED_MS)
        expect(state).to_have_text("The session is over. Nobody is on the air.")


def test_a_room_that_is_closed_says_so_at_once_and_when_it_is_opened_later(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page(), console=False)
    page.goto(f"{scripted_site.url}/r/{room}/")
    state = page.get_by_test_id("viewer-state")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say()
        expect(lines(page)).to_have_count(1)
    people.close_room(ada, scripted_site.url, room)
    expect(state).to_contain_text("This room is closed.")
    expect(lines(page)).to_have_text(SENTENCES[:1])
    page.reload()
    expect(state).to_contain_text("This room is closed.")
    expect(lines(page)).to_have_text(SENTENCES[:1])


def test_a_room_for_members_says_so_and_lets_members_in(
    scripted_site: Site, ada: BrowserContext, ben: BrowserContext, reader: BrowserContext
):
    room = people.make_room(ada, scripted_site.url, "Among us", access="members")
    address = f"{scripted_site.url}/r/{room}/"

    stranger = reader.new_page()
    answer = stranger.goto(address)
    assert answer is not None
    assert answer.status == 403
    expect(stranger.get_by_role("heading", level=1)).to_have_text("For members only")
    expect(stranger.get_by_test_id("viewer-state")).to_contain_text("members")
    expect(stranger.get_by_text("Among us")).to_have_count(0)
    stranger.get_by_role("main").get_by_role("link", name="Sign in").click()
    expect(stranger).to_have_url(re.compile(rf"/accounts/login/\?next=/r/{room}/$"))

    another = ben.new_page()
    another.goto(address)
    expect(another.get_by_role("heading", level=1)).to_have_text("Not for this account")
    # A socket asks by itself who is there.
    refused = another.evaluate(
        """(path) => new Promise((resolve) => {
            const socket = new WebSocket(path);
            const said = [];
            socket.onmessage = ({ data }) => said.push(JSON.parse(data).type);
            socket.onclose = ({ code }) => resolve([code, said]);
            setTimeout(() => resolve(["still open", said]), 5000);
        })""",
        f"{scripted_site.url.replace('http', 'ws')}/ws/rooms/{room}/",
    )
    assert refused == [4403, ["error"]]

    people.submit(ada, f"{scripted_site.url}/rooms/{room}/", to="people/add/", username="ben", role="viewer")
    another.goto(address)
    expect(another.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")


def test_an_unknown_room_is_explained(scripted_site: Site, reader: BrowserContext):
    page = reader.new_page()
    answer = page.goto(f"{scripted_site.url}/r/there-is-none/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("No such room")
    expect(page.get_by_test_id("viewer-state")).to_contain_text("Check the link")


def test_a_session_that_is_deleted_leaves_the_page(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(2)
        gone = speaker.session
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say()
    expect(lines(page)).to_have_text([*SENTENCES[:2], SENTENCES[0]])
    people.submit(ada, f"{scripted_site.url}/sessions/{gone}/delete/")
    expect(lines(page)).to_have_text(SENTENCES[:1])
    assert shown_ids(page) == stored_ids(scripted_site, room)


def test_the_page_can_be_read_without_javascript(
    scripted_site: Site, room: str, ada: BrowserContext, browser: Browser
):
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(3)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{scripted_site.url}/r/{room}/")
    expect(lines(page)).to_have_text(SENTENCES[:3])
    for line in lines(page).all():
        expect(line).to_be_visible()
    note = page.locator("noscript p")  # its text is not looked for by the browser library
    expect(note).to_be_visible()
    assert "Without JavaScript" in note.inner_text()
    expect(page.get_by_test_id("viewer-state")).to_have_text("Nobody is on the air.")
    context.close()
