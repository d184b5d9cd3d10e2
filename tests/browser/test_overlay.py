"""Captions over a stream: transparent but for what is said, there again after a reload, revocable."""

from __future__ import annotations

import re
import struct
import zlib

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import people
from tests.browser.conftest import SENTENCES, Site
from tests.browser.people import speaking

PICTURE = {"width": 1920, "height": 1080}


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    return people.make_room(ada, scripted_site.url, "Spring lectures")


@pytest.fixture
def overlay(browser: Browser, complaints) -> Page:
    context = browser.new_context(viewport=PICTURE)
    yield complaints.watch(context.new_page())
    context.close()


def lines(page: Page):
    return page.get_by_test_id("caption-segment")


def make_link(context: BrowserContext, site: Site, room: str, label: str = "Studio") -> str:
    """A new link of an overlay; its address."""
    answer = people.submit(context, f"{site.url}/rooms/{room}/overlay/", to="add/", label=label)
    [address] = re.findall(r'value="([^"]+\?key=[^"]+)" *>|value="([^"]+\?key=[^"]+)"', answer.text())[:1]
    return next(filter(None, address))


def clear_share(png: bytes) -> float:
    """Share of the pixels of a picture (8 bits, RGBA, as browsers write it) that let all through."""
    assert png[24:26] == b"\x08\x06", "not RGBA"
    at, packed = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        packed += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw, width = zlib.decompress(packed), PICTURE["width"] * 4
    before, clear = bytes(width), 0
    for start in range(0, len(raw), width + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + width])
        if kind or any(row):
            for index in range(width):
                left = row[index - 4] if index >= 4 else 0
                up, corner = before[index], before[index - 4] if index >= 4 else 0
                row[index] = (row[index] + predicted(kind, left, up, corner)) & 255
        clear += row[3::4].count(0)
        before = bytes(row)
    return clear / (PICTURE["width"] * PICTURE["height"])


def predicted(kind: int, left: int, up: int, corner: int) -> int:
    """PNG's filters (ISO/IEC 15948, 9.2)."""
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))


def test_the_picture_is_clear_but_for_a_line_of_text_at_its_bottom(
    scripted_site: Site, room: str, ada: BrowserContext, overlay: Page
):
    overlay.goto(f"{scripted_site.url}/overlay/{room}/?lines=1&clear=0")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say()
        expect(lines(overlay)).to_have_text(SENTENCES[:1])
        share = clear_share(overlay.screenshot(omit_background=True))
        assert 0.94 < share < 0.998
        box = lines(overlay).bounding_box()
        assert box
        assert box["y"] > 0.8 * PICTURE["height"]
    assert overlay.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
    assert overlay.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_its_lines_are_there_again_after_a_reload_in_the_middle_of_speech(
    scripted_site: Site, room: str, ada: BrowserContext, overlay: Page
):
    overlay.goto(f"{scripted_site.url}/overlay/{room}/?lines=2")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(2)
        expect(lines(overlay)).to_have_text(SENTENCES[:2])
        overlay.reload()
        expect(lines(overlay)).to_have_text(SENTENCES[:2])
        speaker.say()
        expect(lines(overlay)).to_have_text(SENTENCES[:3])


def test_captions_are_cleared_after_silence_and_what_was_cleared_does_not_come_back(
    scripted_site: Site, room: str, ada: BrowserContext, overlay: Page
):
    overlay.goto(f"{scripted_site.url}/overlay/{room}/?clear=2")
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(2)
        expect(lines(overlay)).to_have_count(2)
        expect(lines(overlay)).to_have_count(0)
        speaker.say()
        expect(lines(overlay)).to_have_text([SENTENCES[2]])


def test_a_link_that_is_revoked_while_it_runs_says_so_in_the_picture(
    scripted_site: Site, room: str, ada: BrowserContext, overlay: Page
):
    address = make_link(ada, scripted_site, room)
    overlay.goto(address)
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say()
        expect(lines(overlay)).to_have_count(1)
    page = f"{scripted_site.url}/rooms/{room}/overlay/"
    link = re.search(r'name="link" value="([^"]+)"', ada.request.get(page).text())
    assert link
    people.submit(ada, page, to="revoke/", link=link[1])
    words = overlay.get_by_test_id("viewer-state")
    expect(words).to_contain_text("This overlay link was revoked.")
    expect(words).to_be_visible()
    answer = overlay.goto(address)
    assert answer
    assert answer.status == 200
    expect(words).to_contain_text("This overlay link was revoked.")


def test_a_members_room_is_drawn_by_a_link_and_not_without(
    scripted_site: Site, ada: BrowserContext, overlay: Page
):
    room = people.make_room(ada, scripted_site.url, "Among us", access="members")
    overlay.goto(f"{scripted_site.url}/overlay/{room}/")
    expect(overlay.get_by_test_id("viewer-state")).to_contain_text("This room is for its members only.")
    overlay.goto(make_link(ada, scripted_site, room))
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say()
        expect(lines(overlay)).to_have_text(SENTENCES[:1])


def test_an_odd_address_is_neither_echoed_nor_obeyed(scripted_site: Site, room: str, overlay: Page):
    overlay.goto(
        f"{scripted_site.url}/overlay/{room}/?sample=1&fs=1e9&color=red;}}body{{background:red&font=evil"
        "&bg=url(//evil.example)&lines=-4&align=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&lang=__proto__"
    )
    expect(lines(overlay).first).to_be_visible()
    for odd in ("evil", "alert(1)", "background:red"):
        assert odd not in overlay.content()
    assert overlay.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"


def test_a_gear_is_there_inside_obs_alone_and_only_while_the_pointer_moves(
    scripted_site: Site, room: str, overlay: Page
):
    overlay.goto(f"{scripted_site.url}/overlay/{room}/")
    expect(overlay.get_by_test_id("overlay-gear")).to_have_count(0)
    overlay.add_init_script("window.obsstudio = {pluginVersion: '2.24'}")
    overlay.goto(f"{scripted_site.url}/overlay/{room}/")
    gear = overlay.get_by_test_id("overlay-gear")
    expect(gear).to_be_attached()
    expect(gear).not_to_be_visible()
    overlay.mouse.move(500, 500)
    expect(gear).to_be_visible()
    gear.get_by_role("button", name="Settings of the overlay").click()
    gear.get_by_role("button", name="Larger text").click()
    expect(overlay.locator("vox-captions")).to_have_attribute("size", "110")
    overlay.reload()
    expect(overlay.locator("vox-captions")).to_have_attribute("size", "110")


def test_the_builder_makes_an_address_and_shows_what_it_looks_like(
    scripted_site: Site, room: str, ada: BrowserContext, complaints
):
    page = complaints.watch(ada.new_page())
    page.goto(f"{scripted_site.url}/rooms/{room}/overlay/")
    address = page.get_by_test_id("overlay-address")
    expect(address).to_have_value(f"{scripted_site.url}/overlay/{room}/")
    page.get_by_label("Size in pixels").fill("64")
    page.get_by_label("Lines at once").fill("2")
    page.get_by_label("Edge of the letters").select_option("outline")
    expect(address).to_have_value(f"{scripted_site.url}/overlay/{room}/?fs=64&lines=2&outline=on")
    preview = page.frame_locator("iframe")
    expect(preview.get_by_test_id("caption-segment").first).to_be_attached()
    expect(preview.locator("vox-captions")).to_have_attribute("lines", "2")
