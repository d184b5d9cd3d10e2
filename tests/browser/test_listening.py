"""Listening along: finals read out to whoever wants to hear them, on the owner's characters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import people
from tests.browser.conftest import Site
from tests.browser.looks import complaints_of
from tests.browser.people import speaking
from tests.browser.running import voxweb

HEARD = """
window.heard = [];
const play = HTMLMediaElement.prototype.play;
const note = ({ target }) => window.heard.push(Math.round(target.duration * 1000));
HTMLMediaElement.prototype.play = function () {
  this.addEventListener("ended", note);
  return play.call(this);
};
"""
"""Keeps how many milliseconds each sound lasted that was played to its end."""
CHARACTER_MS = 60
"""What the tone of the local speech server makes of a character."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data_dir = tmp_path_factory.mktemp("listening")
    with voxweb(data_dir, VOXWEB_ENGINE="scripted", VOXWEB_TTS_ENGINE="tone") as (url, sign_in_link):
        yield Site(url, data_dir, sign_in_link)


@pytest.fixture(scope="module")
def owner(site: Site, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.request.get(site.sign_in_link)
    yield context
    context.close()


@pytest.fixture
def room(site: Site, owner: BrowserContext) -> str:
    return people.make_room(owner, site.url, "Spring lectures")


def offer(page: Page, site: Site, room: str, *voices: str, most: str = "5000") -> None:
    page.goto(f"{site.url}/rooms/{room}/listening/")
    page.get_by_label("Readers may listen along").check()
    for voice in voices:
        page.get_by_label(voice).check()
    page.get_by_label("Characters that may be read out in a day").fill(most)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved")).to_be_visible()


def listen(page: Page, site: Site, room: str, voice: str = "") -> None:
    page.add_init_script(HEARD)
    page.goto(f"{site.url}/r/{room}/")
    # What is said after this is read out.
    expect(page.get_by_test_id("caption-segment")).to_have_count(1)
    page.get_by_test_id("listen-along").click()
    expect(page.get_by_test_id("listen-along")).to_have_attribute("aria-pressed", "true")
    if voice:
        page.get_by_label("Voice").select_option(label=voice)


def wait_for(page: Page, sounds: int) -> list[int]:
    """The lengths of what was heard, the silence that the press plays left out."""
    page.wait_for_function("(count) => window.heard.filter((ms) => ms > 200).length >= count", arg=sounds)
    return [ms for ms in page.evaluate("window.heard") if ms > 200]


def test_readers_hear_each_final_once_and_it_is_paid_for_once(site, room, owner, reader, complaints):
    settings = complaints.watch(owner.new_page())
    offer(settings, site, room, "Emma (English, United States) · VoxNexus", "Aria (English, US) · Voicemaker")
    pages = [complaints.watch(reader.new_page()) for _ in range(2)]
    with speaking(owner, site.url, room) as speaker:
        speaker.say(1)
        for page in pages:
            listen(page, site, room)
        speaker.say(1)
        for page in pages:
            [heard_ms] = wait_for(page, 1)
            said = page.get_by_test_id("caption-segment").last.inner_text()
            assert heard_ms == pytest.approx(CHARACTER_MS * len(said), abs=100)
    settings.reload()
    expect(settings.get_by_test_id("listening-cost").locator("dd").first).to_have_text(f"{len(said)}")
    settings.goto(f"{site.url}/rooms/{room}/")
    expect(settings.get_by_text(f"Read out today: {len(said)} of 5000")).to_be_visible()
    settings.close()


def test_a_reader_chooses_a_voice_and_stops(site, room, owner, reader, complaints):
    settings = complaints.watch(owner.new_page())
    offer(settings, site, room, "Emma (English, United States) · VoxNexus", "Aria (English, US) · Voicemaker")
    settings.close()
    page = complaints.watch(reader.new_page())
    with speaking(owner, site.url, room) as speaker:
        speaker.say(1)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        listen(page, site, room, "Aria (English, US) · Voicemaker")
        speaker.say(1)
        wait_for(page, 1)
        page.get_by_test_id("listen-along").click()
        expect(page.get_by_test_id("listen-along")).to_have_attribute("aria-pressed", "false")
        speaker.say(1)
        expect(page.get_by_test_id("caption-segment")).to_have_count(3)
    readings = [url for url in asked if "/readings/" in url]
    assert [url.endswith("?voice=1") for url in readings] == [True]


def test_what_is_used_up_stops_it_with_a_reason(site, room, owner, reader, complaints):
    settings = complaints.watch(owner.new_page())
    offer(settings, site, room, "Emma (English, United States) · VoxNexus", most="100")
    settings.close()
    page = complaints.watch(reader.new_page(), console=False)
    with speaking(owner, site.url, room) as speaker:
        speaker.say(1)
        listen(page, site, room)
        while page.get_by_test_id("listen-along").get_attribute("aria-pressed") == "true":
            heard = len(page.evaluate("window.heard"))
            speaker.say(1)
            page.wait_for_function(
                "(before) => window.heard.length > before"
                " || document.querySelector('[data-part=listen]').ariaPressed === 'false'",
                arg=heard,
            )
    expect(page.get_by_test_id("listen-state")).to_contain_text("used up")


def test_it_can_be_used_by_everybody(site, room, owner, reader, complaints):
    settings = complaints.watch(owner.new_page())
    offer(settings, site, room, "Emma (English, United States) · VoxNexus")
    assert complaints_of(settings) == []
    settings.close()
    page = complaints.watch(reader.new_page())
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 640})
        page.goto(f"{site.url}/r/{room}/")
        expect(page.get_by_test_id("listen-along")).to_be_visible()
        assert complaints_of(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_test_id("listen-along").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("listen-along")).to_have_attribute("aria-pressed", "true")
