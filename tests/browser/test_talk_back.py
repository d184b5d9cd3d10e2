"""Talking with the playground: what is said is read, answered aloud, and interrupted; and captions spoken."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from tests.browser import people, sounds
from tests.browser.conftest import FLAGS, SENTENCES, Site
from tests.browser.looks import complaints_of
from tests.browser.people import speaking
from tests.browser.speeches import gives
from tests.find_browser import find

SPOKEN_MS = 30_000
"""How long a test may have to wait for what takes its time to be said."""
LONG_ANSWER = "You said: {text} " + "And this answer goes on and on, for quite a while. " * 6

LISTEN = """
    const connect = AudioNode.prototype.connect;
    const meters = [];
    AudioNode.prototype.connect = function (to, ...rest) {
      if (to instanceof AudioDestinationNode) {
        const meter = new AnalyserNode(to.context, { fftSize: 2048 });
        connect.call(this, meter);
        meters.push(meter);
      }
      return connect.call(this, to, ...rest);
    };
    window.isSounding = () => meters.some((meter) => {
      if (meter.context.state !== "running") return false;
      const samples = new Float32Array(meter.fftSize);
      meter.getFloatTimeDomainData(samples);
      return samples.some((sample) => Math.abs(sample) > 0.01);
    });
"""
"""Hears what a page plays, just before the loudspeakers."""


@pytest.fixture
def browser_that_says(browser_type: BrowserType, tmp_path: Path):
    """A Chromium whose microphone says some PCM, once, from the moment it is opened."""
    browsers: list[Browser] = []

    def launch(pcm: bytes) -> Browser:
        voice = tmp_path / "voice.wav"
        voice.write_bytes(sounds.wav(pcm))
        flags = [
            *FLAGS,
            f"--use-file-for-fake-audio-capture={voice}%noloop",
            "--use-fake-ui-for-media-stream",
        ]
        browsers.append(browser_type.launch(executable_path=find(), args=flags))
        return browsers[-1]

    yield launch
    for browser in browsers:
        browser.close()


def playground(context: BrowserContext, site: Site, complaints) -> Page:
    page = complaints.watch(context.new_page())
    page.add_init_script(LISTEN)
    page.goto(f"{site.url}/playground/")
    expect(page.locator("[data-talk][data-ready]")).to_be_visible()
    return page


def state(page: Page):
    return page.get_by_test_id("talk-state")


def turns(page: Page):
    return page.get_by_test_id("talk-turns").locator("p")


def start(page: Page) -> None:
    page.get_by_test_id("talk-start").click()


def answer_with(page: Page, sentence: str) -> None:
    page.get_by_test_id("talk-answer").fill(sentence)


def sounds_now(page: Page) -> None:
    page.wait_for_function("() => window.isSounding()", timeout=SPOKEN_MS)


def is_silent(page: Page, for_ms: int = 500) -> None:
    for _ in range(for_ms // 50):
        assert not page.evaluate("() => window.isSounding()")
        page.wait_for_timeout(50)


# --- talk back -------------------------------------------------------------------------------------


def test_what_is_said_is_read_and_answered_aloud(
    site: Site, owner_state: Path, browser_with_voice: Callable[..., Browser], complaints
):
    browser = browser_with_voice("go_forward.wav", pause_s=2.5)
    page = playground(browser.new_context(storage_state=owner_state), site, complaints)
    start(page)
    expect(state(page)).to_have_text("Listening: speak.", timeout=SPOKEN_MS)
    expect(turns(page).first).to_contain_text(re.compile("forward"), timeout=SPOKEN_MS)
    expect(turns(page).nth(1)).to_contain_text(re.compile("You said: .*forward"), timeout=SPOKEN_MS)
    sounds_now(page)
    expect(state(page)).to_have_text("Listening: speak.", timeout=SPOKEN_MS)
    is_silent(page)
    expect(turns(page)).to_have_count(2)
    expect(turns(page).nth(1)).not_to_contain_text("interrupted")
    page.get_by_test_id("talk-stop").click()
    expect(state(page)).to_contain_text("Stopped", timeout=SPOKEN_MS)
    expect(page.get_by_test_id("talk-problem")).to_be_empty()
    assert complaints_of(page) == []


def test_speaking_stops_the_answer(scripted_site: Site, ada_state: Path, browser_that_says, complaints):
    voice = (
        sounds.silence(1500)
        + sounds.tone(900)
        + sounds.silence(4500)
        + sounds.tone(900)
        + sounds.silence(60_000)
    )
    page = playground(
        browser_that_says(voice).new_context(storage_state=ada_state), scripted_site, complaints
    )
    answer_with(page, LONG_ANSWER)
    start(page)
    expect(turns(page).first).to_contain_text(SENTENCES[0], timeout=SPOKEN_MS)
    sounds_now(page)
    expect(state(page)).to_have_text("Answering. Speak to interrupt.")
    # The second tone comes in the middle of an answer of a quarter of a minute.
    expect(turns(page).nth(1)).to_contain_text("(interrupted)", timeout=SPOKEN_MS)
    is_silent(page)
    expect(turns(page).nth(2)).to_contain_text(SENTENCES[1], timeout=SPOKEN_MS)
    sounds_now(page)  # and is answered in its turn
    page.get_by_test_id("talk-stop").click()
    is_silent(page)
    expect(state(page)).to_contain_text("Stopped")


def test_with_loudspeakers_nothing_is_heard_while_the_answer_sounds(
    scripted_site: Site, ada_state: Path, browser_that_says, complaints
):
    voice = (
        sounds.silence(1500)
        + sounds.tone(900)
        + sounds.silence(2000)
        + sounds.tone(900)
        + sounds.silence(60_000)
    )
    page = playground(
        browser_that_says(voice).new_context(storage_state=ada_state), scripted_site, complaints
    )
    answer_with(page, LONG_ANSWER)
    page.get_by_label("Speaking stops the answer").uncheck()
    start(page)
    sounds_now(page)
    expect(state(page)).to_have_text("Answering. You are heard again when it is over.")
    page.wait_for_timeout(4000)
    expect(turns(page)).to_have_count(2)
    expect(turns(page).nth(1)).not_to_contain_text("interrupted")
    page.get_by_test_id("talk-stop").click()


def test_a_refused_microphone_is_explained(scripted_site: Site, ada: BrowserContext, complaints):
    page = playground(ada, scripted_site, complaints)
    start(page)
    expect(page.get_by_test_id("talk-problem")).to_contain_text("microphone")
    expect(page.get_by_test_id("talk-problem")).to_contain_text("press “Start” again", ignore_case=True)
    expect(page.get_by_test_id("talk-start")).to_be_focused()


# --- a caption, spoken -----------------------------------------------------------------------------


@pytest.fixture
def spoken_room(scripted_site: Site, ada: BrowserContext) -> str:
    """A room with four captions."""
    room = people.make_room(ada, scripted_site.url, "Spring lectures")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(4)
    return room


def host_page(context: BrowserContext, site: Site, room: str, complaints) -> Page:
    page = complaints.watch(context.new_page())
    page.add_init_script(LISTEN)
    page.goto(f"{site.url}/rooms/{room}/host/")
    expect(page.locator("[data-host][data-ready]")).to_be_visible()
    return page


def with_captions(page: Page):
    """Captions come to a host that is on the air."""
    page.get_by_test_id("host-start").click()
    expect(page.get_by_test_id("speak-caption").nth(3)).to_be_attached(timeout=SPOKEN_MS)
    return page.get_by_test_id("speak-caption")


def test_a_caption_can_be_spoken_and_silenced(
    scripted_site: Site, spoken_room: str, ada_talking: BrowserContext, complaints
):
    page = host_page(ada_talking, scripted_site, spoken_room, complaints)
    buttons = with_captions(page)
    page.get_by_test_id("host-stop").click()
    expect(page.get_by_test_id("host-state")).to_have_text("Off the air", timeout=SPOKEN_MS)
    buttons.first.click()
    expect(buttons.first).to_have_text("Stop")
    sounds_now(page)
    buttons.first.click()
    expect(buttons.first).to_have_text("Speak")
    is_silent(page)


def test_a_caption_that_comes_as_a_file_is_heard_when_it_is_whole(
    scripted_site: Site, spoken_room: str, ada_talking: BrowserContext, complaints
):
    page = host_page(ada_talking, scripted_site, spoken_room, complaints)
    gives(page, "audio/wav", sounds.RATE_HZ, sounds.wav(sounds.tone(2000)))
    buttons = with_captions(page)
    page.get_by_test_id("host-stop").click()
    expect(page.get_by_test_id("host-state")).to_have_text("Off the air", timeout=SPOKEN_MS)
    buttons.first.click()
    sounds_now(page)
    expect(buttons.first).to_have_text("Speak")
    expect(page.locator("[data-topic=speech]")).to_have_count(0)


def test_who_is_on_the_air_is_warned_once(
    scripted_site: Site, spoken_room: str, ada_talking: BrowserContext, complaints
):
    page = host_page(ada_talking, scripted_site, spoken_room, complaints)
    button = with_captions(page).first
    button.click()
    expect(page.locator("[data-topic=speech]")).to_contain_text("your microphone would hear this")
    expect(button).to_have_text("Speak")
    button.click()
    sounds_now(page)
    expect(page.locator("[data-topic=speech]")).to_have_count(0)
    button.click()
    page.get_by_test_id("host-stop").click()
    expect(page.get_by_test_id("host-state")).to_have_text("Off the air", timeout=SPOKEN_MS)


def test_the_buttons_are_one_stop_for_the_keyboard(
    scripted_site: Site, spoken_room: str, ada_talking: BrowserContext, complaints
):
    page = host_page(ada_talking, scripted_site, spoken_room, complaints)
    buttons = with_captions(page)
    page.get_by_test_id("host-stop").click()
    expect(page.get_by_test_id("host-state")).to_have_text("Off the air", timeout=SPOKEN_MS)
    assert page.locator('[data-testid="speak-caption"][tabindex="0"]').count() == 1
    page.locator("[data-part=scroll]").focus()
    page.keyboard.press("Tab")
    expect(buttons.last).to_be_focused()
    page.keyboard.press("Home")
    expect(buttons.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    sounds_now(page)
    page.keyboard.press("Escape")
    is_silent(page)
    page.keyboard.press("Tab")
    expect(page.locator("[data-testid=speak-caption]:focus")).to_have_count(0)


def test_who_may_not_have_text_spoken_sees_no_button(
    scripted_site: Site, spoken_room: str, ada: BrowserContext, browser: Browser, complaints
):
    link = people.make_guest_link(ada, scripted_site.url, spoken_room, "Anna's laptop")
    context = browser.new_context()
    page = complaints.watch(context.new_page())
    page.goto(link)
    expect(page.locator("[data-host][data-ready]")).to_be_visible()
    assert page.get_by_test_id("speak-caption").count() == 0
    assert page.locator("[data-speech-socket]").count() == 0
    context.close()
