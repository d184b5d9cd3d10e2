"""How captions look is the reader's: one panel, seen at once, kept, carried by a link.

The four tests that the FCC has for settings of captions (47 CFR 79.103(e)) are here by name: proximity,
discoverability, previewability, persistence.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import people
from tests.browser.conftest import SENTENCES, Site
from tests.browser.people import speaking


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    return people.make_room(ada, scripted_site.url, "Spring lectures")


@pytest.fixture
def page(scripted_site: Site, room: str, reader: BrowserContext, complaints) -> Page:
    page = complaints.watch(reader.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/")
    expect(page.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")
    return page


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Display settings")


def opened(page: Page) -> Locator:
    page.get_by_role("button", name="Display settings").click()
    expect(panel(page)).to_be_visible()
    return panel(page)


def style(place: Locator, name: str) -> str:
    # Found and looked at in one step: between two, a line may have given way to another.
    return str(place.evaluate_all("([place], name) => getComputedStyle(place)[name]", name))


def size(place: Locator) -> float:
    return float(style(place, "fontSize").removesuffix("px"))


def pasted(page: Page) -> str:
    """What is on the clipboard, as somebody gets it."""
    page.evaluate("() => document.body.append(document.createElement('textarea'))")
    page.locator("textarea").focus()
    page.keyboard.press("Control+V")
    return page.locator("textarea").input_value()


# --- the four tests --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 320])
def test_proximity_settings_open_by_one_button_or_key_on_the_page_of_the_captions(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 640})
    button = page.get_by_role("button", name="Display settings")
    expect(button).to_be_in_viewport(ratio=1)
    button.click()
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("s")
    expect(panel(page)).to_be_visible()
    page.keyboard.press("s")
    expect(panel(page)).to_be_hidden()


def test_discoverability_everything_has_a_name_and_stands_in_one_panel_one_level_deep(page: Page):
    shown = opened(page)
    names = [
        "Text size", "Font", "Text colour", "Edge of the letters", "Behind the words",
        "Opacity behind the words", "Behind all captions", "Opacity behind all captions", "Between lines",
        "Between letters", "Between words", "Alignment", "Where captions stand", "Lines on screen",
        "Show what is still being said", "It comes", "Delay, for a delayed stream", "Read captions aloud",
        "Single keys act", "As this device", "Light", "Dark", "High contrast, dark", "High contrast, light",
    ]  # fmt: skip
    for name in names:
        expect(shown.get_by_label(name, exact=True)).to_have_count(1)
        expect(shown.get_by_label(name, exact=True)).to_be_visible()
    nameless = "(each) => !each.labels?.length && !each.ariaLabel && !each.innerText.trim()"
    controls = shown.locator("input, select, button")
    assert controls.evaluate_all(f"(all) => all.filter({nameless}).length") == 0


@pytest.mark.parametrize("width", [1280, 320])
def test_previewability_a_change_is_seen_at_once_on_captions_beside_the_panel(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page, width: int
):
    page.set_viewport_size({"width": width, "height": 640})
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(3)
        expect(page.get_by_test_id("caption-segment")).to_have_count(3)
        speaker.begin(400)
        shown = opened(page)
        caption = page.get_by_test_id("caption-segment").last
        interim = page.get_by_test_id("caption-interim")
        for text in (caption, interim):
            expect(text).to_be_in_viewport(ratio=0.9)
        assert page.evaluate(
            """() => {
              const box = document.querySelector("[data-part=settings]").getBoundingClientRect();
              const words = document.querySelector("[data-testid=caption-interim]").getBoundingClientRect();
              return words.bottom <= box.top || words.right <= box.left;
            }"""
        ), "the panel covers the captions that it changes"
        before = size(caption)
        shown.get_by_label("Text size", exact=True).press("ArrowRight")
        assert size(caption) == pytest.approx(before * 1.1, rel=0.01)
        assert size(interim) == pytest.approx(before * 1.1, rel=0.01)
        shown.get_by_label("Text colour", exact=True).select_option("#00ffff")
        assert style(caption, "color") == "rgb(0, 255, 255)"
        assert style(interim, "color") == "rgb(0, 255, 255)"
        speaker.finish()


def test_previewability_a_silent_room_shows_sample_text(page: Page):
    expect(page.get_by_test_id("caption-interim")).to_have_count(0)
    shown = opened(page)
    sample = page.get_by_test_id("caption-interim")
    expect(sample).to_contain_text("This is sample text.")
    expect(sample).to_be_in_viewport()
    shown.get_by_label("Font", exact=True).select_option("serif")
    assert "Georgia" in style(sample, "fontFamily")
    page.keyboard.press("Escape")
    expect(sample).to_have_count(0)


def test_persistence_what_was_chosen_is_there_after_a_reload_and_in_another_room(
    scripted_site: Site, ada: BrowserContext, page: Page
):
    shown = opened(page)
    shown.get_by_label("Dark", exact=True).check()
    shown.get_by_label("Text size", exact=True).fill("200")
    shown.get_by_label("Read captions aloud", exact=True).check()
    for address in (
        page.url,
        f"{scripted_site.url}/r/{people.make_room(ada, scripted_site.url, 'Another')}/",
    ):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.get_by_test_id("caption-log")).to_have_attribute("aria-live", "polite")
        expect(opened(page).get_by_label("Text size", exact=True)).to_have_value("200")


# --- what can be set -------------------------------------------------------------------------------


def test_everything_that_can_be_set_is_seen(scripted_site: Site, room: str, ada: BrowserContext, page: Page):
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(3)
        caption = page.get_by_test_id("caption-segment").last
        expect(caption).to_be_visible()
        shown = opened(page)
        line = caption.locator("xpath=..")

        def choose(label: str, value: str) -> None:
            shown.get_by_label(label, exact=True).select_option(value)

        choose("Font", "atkinson")
        assert "Atkinson" in style(caption, "fontFamily")
        page.wait_for_function("() => document.fonts.check('16px \"voxweb Atkinson Hyperlegible\"')")
        choose("Font", "opendyslexic")
        page.wait_for_function("() => document.fonts.check('16px \"voxweb OpenDyslexic\"')")
        choose("Text colour", "#ffffff")
        choose("Behind the words", "#000000")
        shown.get_by_label("Opacity behind the words", exact=True).fill("50")
        assert style(caption, "backgroundColor") == "rgba(0, 0, 0, 0.5)"
        choose("Behind all captions", "#0000ff")
        assert style(page.locator("caption-view"), "backgroundColor") == "rgb(0, 0, 255)"
        for edge in ("outline", "shadow", "raised", "depressed"):
            choose("Edge of the letters", edge)
            assert "rgb(0, 0, 0)" in style(caption, "textShadow")
        choose("Edge of the letters", "none")
        assert style(caption, "textShadow") == "none"
        shown.get_by_label("Between lines", exact=True).fill("200")
        assert float(style(line, "lineHeight")[:-2]) == pytest.approx(2 * size(caption), rel=0.01)
        shown.get_by_label("Between letters", exact=True).fill("20")
        assert float(style(line, "letterSpacing")[:-2]) == pytest.approx(0.2 * size(caption), rel=0.01)
        shown.get_by_label("Between words", exact=True).fill("50")
        assert float(style(line, "wordSpacing")[:-2]) == pytest.approx(0.5 * size(caption), rel=0.01)
        choose("Alignment", "center")
        assert style(line, "textAlign") == "center"
        shown.get_by_label("Lines on screen", exact=True).fill("2")
        box = page.locator("[data-part=scroll]")
        assert box.evaluate("(box) => box.clientHeight") == pytest.approx(4 * size(caption), abs=2)
        choose("Where captions stand", "top")
        top = box.evaluate(
            "(box) => box.getBoundingClientRect().top - box.parentElement.getBoundingClientRect().top"
        )
        assert 0 <= top < 1.5 * size(caption), "a margin, and nothing above it"


def test_interim_words_come_word_by_word_or_line_by_line_or_not_at_all(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page
):
    page.set_viewport_size({"width": 400, "height": 700})
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.begin(2600)
        interim = page.get_by_test_id("caption-interim")
        expect(interim).to_have_text(re.compile(r"^Good evening, and welcome to the third"))
        page.keyboard.press("s")
        panel(page).get_by_label("It comes", exact=True).select_option("lines")
        said = interim.text_content() or ""
        assert said, "two lines were said, so one is whole"
        assert SENTENCES[0].startswith(said)
        heights = "(text) => [...text.getClientRects()].length"
        whole = interim.evaluate(heights)
        panel(page).get_by_label("It comes", exact=True).select_option("words")
        assert interim.evaluate(heights) == whole + 1
        panel(page).get_by_label("Show what is still being said", exact=True).uncheck()
        expect(interim).to_have_count(0)
        speaker.finish()
        expect(page.get_by_test_id("caption-segment")).to_have_text(SENTENCES[:1])


def test_colours_that_are_hard_to_read_are_allowed_and_said_to_be(page: Page):
    shown = opened(page)
    notice = shown.get_by_role("status")
    expect(notice).to_be_empty()
    shown.get_by_label("Light", exact=True).check()
    shown.get_by_label("Text colour", exact=True).select_option("#ffff00")
    expect(notice).to_have_text(re.compile(r"hard to read: their contrast is 1\.\d to 1"))
    assert style(page.get_by_test_id("caption-interim"), "color") == "rgb(255, 255, 0)"
    shown.get_by_label("Behind the words", exact=True).select_option("#000000")
    shown.get_by_label("Opacity behind the words", exact=True).fill("100")
    expect(notice).to_be_empty()


def test_one_step_resets_everything(page: Page):
    shown = opened(page)
    sample = page.get_by_test_id("caption-interim")
    before = (size(sample), style(sample, "color"))
    shown.get_by_label("Text size", exact=True).fill("300")
    shown.get_by_label("Text colour", exact=True).select_option("#ff0000")
    shown.get_by_label("High contrast, dark").check()
    shown.get_by_role("button", name="Reset everything").click()
    assert (size(sample), style(sample, "color")) == before
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile("."))
    page.reload()
    expect(opened(page).get_by_label("Text size", exact=True)).to_have_value("100")


def test_a_link_carries_the_settings_to_somebody_else(page: Page, browser, complaints):
    shown = opened(page)
    shown.get_by_label("Text size", exact=True).fill("150")
    shown.get_by_label("Text colour", exact=True).select_option("#00ff00")
    shown.get_by_label("High contrast, dark").check()
    shown.get_by_role("button", name="Copy a link with my settings").click()
    expect(page.get_by_text("The link is copied.")).to_be_visible()
    link = pasted(page)
    other = browser.new_context()
    there = complaints.watch(other.new_page())
    there.goto(link)
    expect(opened(there).get_by_label("Text size", exact=True)).to_have_value("150")
    assert style(there.get_by_test_id("caption-interim"), "color") == "rgb(0, 255, 0)"
    expect(there.locator("html")).to_have_attribute("data-theme", "contrast-dark")
    assert there.evaluate("() => localStorage.length") == 0, "a link changes nothing for good"
    other.close()


def test_an_odd_link_changes_nothing_and_is_not_echoed(scripted_site: Site, room: str, page: Page):
    page.goto(
        f"{scripted_site.url}/r/{room}/?size=huge&color=url(//evil.example)&font=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
        "&window=red;}body{display:none&theme=__proto__&lines=-5&delay=1e9"
    )
    expect(page.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")
    assert "evil.example" not in page.content()
    assert "alert(1)" not in page.content()
    expect(opened(page).get_by_label("Text size", exact=True)).to_have_value("100")


def test_without_storage_settings_hold_until_the_page_is_left(scripted_site: Site, room: str, page: Page):
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('none'); }})"
    )
    page.reload()
    shown = opened(page)
    before = size(page.get_by_test_id("caption-interim"))
    shown.get_by_label("Text size", exact=True).fill("200")
    assert size(page.get_by_test_id("caption-interim")) == pytest.approx(2 * before)


def test_text_of_three_hundred_percent_stays_within_a_narrow_window(
    scripted_site: Site, room: str, ada: BrowserContext, page: Page
):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{scripted_site.url}/r/{room}/?size=300&letter-spacing=50")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(12)  # the hostile ones among them
        expect(page.get_by_test_id("caption-segment")).to_have_count(12)
        wide = "() => [document.scrollingElement, document.querySelector('[data-part=scroll]')]"
        assert page.evaluate(f"() => ({wide})().every((each) => each.scrollWidth <= each.clientWidth)")
