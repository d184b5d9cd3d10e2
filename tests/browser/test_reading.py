"""What a reader does with captions beside looking at them: hear them, take them along, be behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser import people
from tests.browser.conftest import SENTENCES, Site
from tests.browser.network import Network
from tests.browser.people import speaking
from tests.browser.test_display import opened, panel, pasted

GAP = "[no captions for 12 s: the audio was lost]"


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    return people.make_room(ada, scripted_site.url, "Spring lectures")


@pytest.fixture
def page(scripted_site: Site, room: str, reader: BrowserContext, complaints) -> Page:
    page = complaints.watch(reader.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/")
    return page


def lines(page: Page) -> Locator:
    return page.get_by_test_id("caption-segment")


# --- screen readers --------------------------------------------------------------------------------

LISTEN = """() => {
  const log = document.querySelector("[role=log]");
  window.added = [];
  window.changed = [];
  new MutationObserver((records) => {
    for (const record of records) {
      for (const node of record.addedNodes) window.added.push([record.target === log, node.textContent]);
      if (record.type === "characterData") window.changed.push(record.target.data);
    }
  }).observe(log, { childList: true, subtree: true, characterData: true });
}"""
"""What a screen reader is told by a log: what is added to it. What changes in it is not."""


def test_each_final_enters_the_log_once_and_in_order_over_a_whole_session(
    scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints
):
    with Network(scripted_site.url) as network:
        page = complaints.watch(reader.new_page(), console=False)
        page.goto(f"{network.url}/r/{room}/")
        expect(page.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")
        page.evaluate(LISTEN)
        with speaking(ada, scripted_site.url, room) as speaker:
            speaker.say(2)
            speaker.begin()
            expect(page.get_by_test_id("caption-interim")).not_to_be_empty()
            with network.away():
                speaker.finish()
                speaker.say()
            expect(lines(page)).to_have_count(4, timeout=20_000)
            speaker.lose(12_000)
            speaker.say(2)
        expect(lines(page)).to_have_count(7)
        added = page.evaluate("() => window.added")
        assert added == [[True, text] for text in (*SENTENCES[:4], GAP, *SENTENCES[4:6])]
        assert page.evaluate("() => window.changed") == []


def test_a_correction_changes_its_line_adds_nothing_and_is_marked_in_text(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page
):
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(2)
        expect(lines(page)).to_have_count(2)
    page.evaluate(LISTEN)
    segment = people.stored(scripted_site.data_dir, room)[0]["id"]
    people.correct(ada, scripted_site.url, segment, "Good evening, and welcome.")
    expect(lines(page).first).to_have_text("Good evening, and welcome.")
    expect(lines(page).first.locator("xpath=..")).to_have_text("Good evening, and welcome. (corrected)")
    assert page.evaluate("() => window.added") == []
    page.reload()
    expect(lines(page).first.locator("xpath=..")).to_have_text("Good evening, and welcome. (corrected)")


def test_captions_are_announced_only_to_who_wants_it_and_that_is_remembered(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page
):
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "off")
    expect(log).to_have_attribute("aria-relevant", "additions")
    assert log.get_attribute("aria-atomic") is None
    opened(page).get_by_label("Read captions aloud", exact=True).check()
    expect(log).to_have_attribute("aria-live", "polite")
    page.reload()
    expect(log).to_have_attribute("aria-live", "polite")
    page.keyboard.press("a")
    expect(log).to_have_attribute("aria-live", "off")
    expect(page.get_by_text("Captions are no longer read aloud.")).to_be_visible()


def test_the_log_can_be_focused_and_scrolled_by_keyboard(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page
):
    page.set_viewport_size({"width": 640, "height": 360})
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(8)
        expect(lines(page)).to_have_count(8)
        expect(lines(page).last).to_be_in_viewport()
        page.get_by_role("region", name="Captions").focus()
        page.keyboard.press("Home")
        expect(lines(page).first).to_be_in_viewport()
        page.keyboard.press("l")
        expect(lines(page).last).to_be_in_viewport()


# --- keys ------------------------------------------------------------------------------------------


def test_a_question_mark_lists_the_keys_and_each_of_them_acts(page: Page):
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    listed = keys.locator("kbd").all_inner_texts()
    assert listed[:2] == ["s", "+"]
    assert "?" in listed
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    size = "() => document.querySelector('caption-view').display.size"
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("-")
    assert page.evaluate(size) == 110
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement !== null")
    page.keyboard.press("s")
    expect(panel(page)).to_be_visible()
    page.keyboard.press("s")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === null")


def test_keys_do_not_act_while_something_is_chosen_and_can_be_switched_off(page: Page):
    shown = opened(page)
    font = shown.get_by_label("Font", exact=True)
    font.focus()
    page.keyboard.press("s")  # chooses "System" or "Serif", as in any list
    expect(shown).to_be_visible()
    shown.get_by_label("Single keys act", exact=True).uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(shown).to_be_hidden()
    page.reload()
    page.keyboard.press("s")
    expect(shown).to_be_hidden()


# --- taking captions along -------------------------------------------------------------------------


def test_what_has_been_said_is_copied_saved_and_printed_whole(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page, tmp_path: Path
):
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(2)
        speaker.lose(12_000)
        speaker.say()
        speaker.begin()
        expect(page.get_by_test_id("caption-interim")).not_to_be_empty()
        expect(lines(page)).to_have_count(4)
        whole = "\n".join(["Spring lectures", "", *SENTENCES[:2], GAP, SENTENCES[2], ""])
        page.keyboard.press("c")
        expect(page.get_by_text("What has been said is copied.")).to_be_visible()
        assert pasted(page) == whole
        page.evaluate("() => document.querySelector('textarea').remove()")
        page.get_by_text("More", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Save what has been said").click()
        assert re.fullmatch(r"Spring-lectures \d{4}-\d\d-\d\d\.txt", download.value.suggested_filename)
        download.value.save_as(tmp_path / "said.txt")
        assert (tmp_path / "said.txt").read_text(encoding="utf-8") == whole
        page.emulate_media(media="print")
        for gone in ("caption-interim", "viewer-state"):
            expect(page.get_by_test_id(gone)).to_be_hidden()
        expect(page.get_by_role("button").first).to_be_hidden()
        box = page.locator("[data-part=scroll]")
        assert box.evaluate("(box) => box.scrollHeight === box.clientHeight"), "part of it is not printed"
        for line in lines(page).all():
            assert line.evaluate("(line) => getComputedStyle(line).color") == "rgb(0, 0, 0)"
        speaker.finish()


def test_captions_go_on_in_a_small_window_above_all_others(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page
):
    if not page.evaluate("() => 'documentPictureInPicture' in window"):
        pytest.skip("this Chromium has no Picture-in-Picture for documents")
    with page.context.expect_page() as opening:
        page.keyboard.press("w")
    window = opening.value
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(2)
        expect(window.get_by_test_id("caption-segment")).to_have_text(SENTENCES[:2])
        page.keyboard.press("+")
        expect(window.locator(".little")).to_have_attribute("style", re.compile(r"--caption-scale: 1\.1"))


# --- being behind on purpose -----------------------------------------------------------------------


def test_captions_come_as_late_as_a_reader_of_a_delayed_stream_wants(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page, reader: BrowserContext, complaints
):
    page.clock.install()
    page.goto(f"{page.url}?delay=30")
    expect(page.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")
    prompt = complaints.watch(reader.new_page())
    prompt.goto(f"{scripted_site.url}/r/{room}/")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(2)
        expect(lines(prompt)).to_have_count(2)
        expect(page.get_by_test_id("caption-interim")).to_have_count(0)
        expect(lines(page)).to_have_count(0)
        page.clock.run_for(31_000)
        expect(lines(page)).to_have_text(SENTENCES[:2])
        speaker.say()
        expect(lines(prompt)).to_have_count(3)
        opened(page).get_by_label("Delay, for a delayed stream", exact=True).fill("0")
        expect(lines(page)).to_have_count(3)


# --- plain text ------------------------------------------------------------------------------------


@pytest.fixture
def text(scripted_site: Site, room: str, ada: BrowserContext, reader: BrowserContext, complaints) -> Page:
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(2)
    page = complaints.watch(reader.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/text/")
    expect(page.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")
    return page


def test_plain_text_grows_at_its_end_and_changes_nothing_above(
    scripted_site: Site, room: str, ada: BrowserContext, text: Page
):
    text.evaluate(LISTEN)
    segment = people.stored(scripted_site.data_dir, room)[0]["id"]
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say()
        expect(lines(text)).to_have_count(3)
        people.correct(ada, scripted_site.url, segment, "Good evening.")
        expect(lines(text)).to_have_count(4)
        speaker.say()
        expect(lines(text)).to_have_text(
            [*SENTENCES[:2], SENTENCES[0], "Correction: Good evening.", SENTENCES[1]]
        )
    assert text.evaluate("() => window.changed") == []
    assert [each for _, each in text.evaluate("() => window.added")] == [
        SENTENCES[0], "Correction: Good evening.", SENTENCES[1],
    ]  # fmt: skip


def test_plain_text_needs_no_script_and_refreshes_itself_until_it_is_told_not_to(
    scripted_site: Site, room: str, ada: BrowserContext, text: Page, browser: Browser
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(text.url)
    expect(lines(page)).to_have_text(SENTENCES[:2])
    refresh = page.locator("meta[http-equiv=refresh]")
    expect(refresh).to_have_attribute("content", "15")
    page.get_by_role("link", name="Stop that").click()
    expect(refresh).to_have_count(0)
    expect(lines(page)).to_have_text(SENTENCES[:2])
    context.close()
