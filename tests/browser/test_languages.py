"""The interface in other languages: mirrored where they are, chosen by the reader, whatever is spoken."""

from __future__ import annotations

import gettext
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser import people
from tests.browser.conftest import SENTENCES, Site
from tests.browser.elsewhere import Elsewhere, elsewhere
from tests.browser.looks import NARROW, WIDE, complaints_of
from tests.browser.people import speaking
from tests.catalogs import LOCALE


def words(language: str):
    """What a text is in a language, in pages or in scripts."""
    pages, scripts = (gettext.translation(name, LOCALE, [language]) for name in ("django", "djangojs"))
    scripts.add_fallback(pages)
    return scripts.gettext


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    return people.make_room(ada, scripted_site.url, "Town hall")


@pytest.fixture
def arabic(browser: Browser, complaints) -> Iterator[Page]:
    context = browser.new_context(locale="ar")
    yield complaints.watch(context.new_page())
    context.close()


@pytest.fixture
def german(browser: Browser, complaints) -> Iterator[Page]:
    context = browser.new_context(locale="de-AT")
    yield complaints.watch(context.new_page())
    context.close()


def box(place: Locator) -> dict[str, float]:
    found = place.bounding_box()
    assert found is not None
    return {**found, "right": found["x"] + found["width"]}


# --- from right to left ---


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "320"])
def test_the_viewer_is_mirrored(scripted_site: Site, room: str, arabic: Page, ada: BrowserContext, size):
    arabic.set_viewport_size(size)
    arabic.goto(f"{scripted_site.url}/r/{room}/")
    expect(arabic.locator("html")).to_have_attribute("dir", "rtl")
    expect(arabic.locator("html")).to_have_attribute("lang", "ar")
    say = words("ar")
    settings = arabic.get_by_role("button", name=say("Display settings"))
    middle = size["width"] / 2
    assert box(arabic.locator("h1 bdi"))["right"] > 0.75 * size["width"] - 16, (
        "the first thing stands at the right"
    )
    assert box(settings)["x"] < middle, "what ends a line in English stands at the left"
    settings.click()
    panel = arabic.get_by_role("region", name=say("Display settings"))
    expect(panel).to_be_visible()
    if size == WIDE:
        assert box(panel)["right"] < middle, "the panel opens at the other side"
    assert panel.evaluate("(panel) => getComputedStyle(panel).direction") == "rtl"
    assert arabic.evaluate("() => document.scrollingElement.scrollWidth") <= size["width"]


def test_captions_in_english_stand_as_english_on_an_arabic_page(
    scripted_site: Site, room: str, arabic: Page, ada: BrowserContext
):
    arabic.goto(f"{scripted_site.url}/r/{room}/")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(1)
        line = arabic.get_by_test_id("caption-segment").first
        expect(line).to_have_text(SENTENCES[0])
        expect(line).to_have_attribute("lang", "en-US")
        assert line.evaluate("(line) => getComputedStyle(line.closest('p')).direction") == "ltr"
        expect(arabic.get_by_test_id("viewer-state")).to_have_text(words("ar")("On the air"))
        speaker.begin()
        interim = arabic.get_by_test_id("caption-interim")
        expect(interim).to_be_visible()
        assert box(interim)["x"] == pytest.approx(box(line)["x"], abs=1), (
            "it stands where the final will stand"
        )


def test_arabic_captions_stand_as_arabic_on_an_english_page(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext
):
    slug = people.make_room(ada, scripted_site.url, "Cairo", language="ar-EG")
    page = reader.new_page()
    page.goto(f"{scripted_site.url}/r/{slug}/")
    with speaking(ada, scripted_site.url, slug) as speaker:
        speaker.say(1)
        line = page.get_by_test_id("caption-segment").first
        expect(line).to_have_attribute("lang", "ar-EG")
        assert line.evaluate("(line) => getComputedStyle(line.closest('p')).direction") == "rtl"
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_forms_of_the_room_s_page_are_mirrored(
    scripted_site: Site, room: str, browser: Browser, ada_state, complaints
):
    context = browser.new_context(locale="ar", storage_state=ada_state)
    page = complaints.watch(context.new_page())
    page.set_viewport_size(WIDE)
    page.goto(f"{scripted_site.url}/rooms/{room}/")
    say = words("ar")
    title = page.get_by_label(say("Title"), exact=True)
    links = page.get_by_role("heading", name=say("Links to share"))
    assert box(title)["right"] < box(links)["x"], "the column of settings stands at the left"
    copy = page.get_by_role("button", name=say("Copy")).first
    link = page.get_by_test_id("viewer-link")
    assert box(copy)["right"] <= box(link)["x"], "a button stands behind its field"
    context.close()


# --- in German ---


def test_what_scripts_say_is_in_the_language_of_the_page(
    scripted_site: Site, room: str, german: Page, ada: BrowserContext
):
    say = words("de")
    german.goto(f"{scripted_site.url}/r/{room}/")
    state = german.get_by_test_id("viewer-state")
    expect(state).to_have_text(say("Connected. Nobody is on the air."))
    german.keyboard.press("s")
    panel = german.get_by_role("region", name=say("Display settings"))
    expect(panel.get_by_label(say("Text size"), exact=True)).to_be_visible()
    expect(panel.get_by_role("button", name=say("Reset everything"))).to_be_visible()
    german.keyboard.press("Escape")
    german.keyboard.press("?")
    expect(german.get_by_role("dialog")).to_contain_text(say("Keys"))
    german.keyboard.press("Escape")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(1)
        expect(state).to_have_text(say("On the air"))
    expect(state).to_have_text(say("The session is over. Nobody is on the air."))
    for text in ("Connected. Nobody is on the air.", "Text size", "On the air"):
        assert say(text) != text


def test_a_language_without_words_falls_back_to_english_and_says_nothing(
    scripted_site: Site, room: str, browser: Browser, complaints
):
    context = browser.new_context(locale="fr-FR")
    page = complaints.watch(context.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")
    expect(page.get_by_role("button", name="Display settings")).to_be_visible()
    context.close()


def test_a_reader_chooses_a_language_on_the_page_and_it_is_kept(
    scripted_site: Site, room: str, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page())
    page.goto(f"{scripted_site.url}/r/{room}/?size=150")
    assert reader.cookies() == [], "who chooses nothing has no cookie"
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Language of this site").select_option("de")
    page.get_by_role("button", name="Change").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.url == f"{scripted_site.url}/r/{room}/?size=150", "the page and its settings"
    page.goto(f"{scripted_site.url}/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_label(words("de")("Language of this site")).select_option("ar")
    page.get_by_role("button", name=words("de")("Change")).click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")


# --- on other sites, and in a picture ---


@pytest.fixture
def blog() -> Iterator[Elsewhere]:
    with elsewhere() as site:
        yield site


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "320"])
def test_the_element_speaks_the_language_of_its_page(
    scripted_site: Site,
    room: str,
    ada: BrowserContext,
    reader: BrowserContext,
    blog: Elsewhere,
    complaints,
    size,
):
    people.submit(ada, f"{scripted_site.url}/rooms/{room}/", to="embedding/allow/", pattern=blog.url)
    script = f'<script type="module" src="{scripted_site.url}/embed.js"></script>'
    page = complaints.watch(reader.new_page())
    page.set_viewport_size(size)
    page.goto(
        blog.put(
            f'<main><h1>A blog</h1>{script}<vox-captions room="{room}" lang="ar-EG"></vox-captions></main>'
        )
    )
    say = words("ar")
    expect(page.locator(".vox")).to_have_attribute("dir", "rtl")
    expect(page.get_by_test_id("viewer-state")).to_have_text(say("Connected. Nobody is on the air."))
    page.get_by_role("button", name=say("Display settings")).click()
    panel = page.get_by_role("region", name=say("Display settings"))
    expect(panel.get_by_label(say("Text size"), exact=True)).to_be_visible()
    assert complaints_of(page) == []
    assert reader.cookies() == []


def test_an_overlay_speaks_the_language_of_its_address(scripted_site: Site, room: str, arabic: Page):
    arabic.goto(f"{scripted_site.url}/overlay/there-is-none/?lang=de")
    expect(arabic.locator("html")).to_have_attribute("lang", "de")
    expect(arabic.get_by_test_id("viewer-state")).to_contain_text("Raum")
    arabic.goto(f"{scripted_site.url}/overlay/there-is-none/")
    expect(arabic.locator("html")).to_have_attribute("lang", "ar")
