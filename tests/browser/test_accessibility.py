"""Every page for everyone: nothing for axe to find, light and dark, on a narrow telephone and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import people
from tests.browser.conftest import SENTENCES, Site
from tests.browser.looks import WIDE, complaints_of
from tests.browser.people import Speaker, speaking

LONG_TITLE = "<b>Bold</b> مرحبا بكم 🎉 " + "x" * 80


@dataclass(frozen=True)
class Places:
    """What there is to look at on the scripted site."""

    url: str
    room: str
    """Something was said and lost in it, and somebody is on the air with words still interim."""
    session: str
    """One that is over."""
    odd: str
    """A title that would go beyond its place; nothing was said."""
    closed: str
    members: str
    guests: str
    """A room with guest links, one of them with a name that would go beyond its place, one revoked."""
    speaker: Speaker


@pytest.fixture(scope="module")
def places(scripted_site: Site, browser: Browser, ada_state) -> Iterator[Places]:
    context = browser.new_context(storage_state=ada_state)
    url = scripted_site.url
    room = people.make_room(context, url, "Spring lectures")
    people.submit(context, f"{url}/rooms/{room}/", to="people/add/", username="ben", role="host")
    with speaking(context, url, room) as speaker:
        session = speaker.session
        speaker.say(3)
        speaker.lose(9_000)
        speaker.say(2)
    people.submit(context, f"{url}/sessions/{session}/review/", to="../rename/", title="First evening")
    closed = people.make_room(context, url, "Last year")
    people.close_room(context, url, closed)
    odd = people.make_room(context, url, LONG_TITLE, language="ar-EG")
    members = people.make_room(context, url, "Among us", access="members")
    guests = people.make_room(context, url, "With guests")
    for label in (LONG_TITLE[:80], "Revoked"):
        people.make_guest_link(context, url, guests, label)
    people.revoke_guest_link(context, url, guests, "Revoked")
    with speaking(context, url, room) as speaker:
        speaker.say(2)
        yield Places(url, room, session, odd, closed, members, guests, speaker)
    context.close()


def seen(page: Page, places: Places) -> None:
    """Nothing more to wait for."""


def with_captions(page: Page, places: Places) -> None:
    # Words that nothing follows do not stay interim for ever.
    places.speaker.begin(400)
    expect(page.get_by_test_id("caption-interim")).not_to_be_empty()
    expect(page.get_by_test_id("caption-log")).to_contain_text(SENTENCES[4])
    expect(page.get_by_test_id("viewer-state")).to_have_attribute("data-tone", "live")


def with_settings(page: Page, places: Places) -> None:
    with_captions(page, places)
    page.keyboard.press("s")
    settings = page.get_by_role("region", name="Display settings")
    expect(settings).to_be_visible()
    settings.get_by_label("Text colour", exact=True).select_option("#ffff00")
    settings.get_by_label("Behind the words", exact=True).select_option("#000000")
    settings.get_by_label("Opacity behind the words", exact=True).fill("100")


def with_keys(page: Page, places: Places) -> None:
    with_captions(page, places)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def with_menu(page: Page, places: Places) -> None:
    with_captions(page, places)
    page.get_by_text("More", exact=True).click()
    expect(page.get_by_role("button", name="Save what has been said")).to_be_visible()


def in_high_contrast(page: Page, places: Places) -> None:
    with_captions(page, places)
    page.keyboard.press("s")
    page.get_by_label("High contrast, dark").check()


def refused_to_sign_in(page: Page, places: Places) -> None:
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("nothing")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def refused_room(page: Page, places: Places) -> None:
    page.locator("summary").click()
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Make the room").click()
    expect(page.get_by_role("alert")).to_be_visible()


def ready_to_speak(page: Page, places: Places) -> None:
    expect(page.locator("[data-host][data-ready]")).to_be_visible()


def refused_guest_link(page: Page, places: Places) -> None:
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("alert")).to_be_visible()


def with_a_file(page: Page, places: Places) -> None:
    ready_to_speak(page, places)
    page.get_by_label("Audio file").first.check()
    name = f"{'a-long-name-' * 8}.wav"
    page.locator("#file").set_input_files({"name": name, "mimeType": "audio/wav", "buffer": b""})


@dataclass(frozen=True)
class Stop:
    """A page to look at: whose, where, its status, and when it is all there."""

    who: str
    path: str
    settled: Callable[[Page, Places], None] = seen
    status: int = 200


STOPS = {
    "home, signed out": Stop("reader", "/"),
    "home, signed in": Stop("ada", "/"),
    "login": Stop("reader", "/accounts/login/"),
    "login, refused": Stop("reader", "/accounts/login/", refused_to_sign_in),
    "sign-in link, used up": Stop("reader", "/accounts/once/?sesame=used", status=403),
    "room list": Stop("ada", "/rooms/"),
    "room list, nothing in it": Stop("ben", "/rooms/"),
    "new room": Stop("ada", "/rooms/new/"),
    "new room, refused": Stop("ada", "/rooms/new/", refused_room),
    "room": Stop("ada", "/rooms/{room}/"),
    "room, guest links": Stop("ada", "/rooms/{guests}/"),
    "room, guest link refused": Stop("ada", "/rooms/{guests}/", refused_guest_link),
    "guest link, none": Stop("reader", "/g/nothing/", status=404),
    "room, odd title": Stop("ada", "/rooms/{odd}/"),
    "room, closed": Stop("ada", "/rooms/{closed}/"),
    "overlay builder": Stop("ada", "/rooms/{room}/overlay/"),
    "overlay": Stop("reader", "/overlay/{room}/?sample=1&lines=2"),
    "overlay, of members only": Stop("reader", "/overlay/{members}/"),
    "embed": Stop("reader", "/embed/{room}/"),
    "embed, closed": Stop("reader", "/embed/{closed}/", status=410),
    "room, delete": Stop("ada", "/rooms/{room}/delete/"),
    "host, off the air": Stop("ada", "/rooms/{odd}/host/", ready_to_speak),
    "host, with an audio file": Stop("ada", "/rooms/{odd}/host/", with_a_file),
    "host, with a session to go on with": Stop("ada", "/rooms/{room}/host/", ready_to_speak),
    "host, of a closed room": Stop("ada", "/rooms/{closed}/host/", status=410),
    "viewer, with captions": Stop("reader", "/r/{room}/", with_captions),
    "viewer, settings": Stop("reader", "/r/{room}/", with_settings),
    "viewer, high contrast": Stop("reader", "/r/{room}/", in_high_contrast),
    "viewer, keys": Stop("reader", "/r/{room}/", with_keys),
    "viewer, menu": Stop("reader", "/r/{room}/", with_menu),
    "plain text": Stop("reader", "/r/{room}/text/"),
    "plain text, odd": Stop("reader", "/r/{odd}/text/"),
    "viewer, nothing said": Stop("reader", "/r/{odd}/"),
    "viewer, closed": Stop("reader", "/r/{closed}/"),
    "viewer, unknown": Stop("reader", "/r/there-is-none/", status=404),
    "viewer, members only": Stop("reader", "/r/{members}/", status=403),
    "viewer, members only, another account": Stop("ben", "/r/{members}/", status=403),
    "session": Stop("ada", "/sessions/{session}/review/"),
    "session, delete": Stop("ada", "/sessions/{session}/delete/"),
}


@pytest.mark.parametrize("name", STOPS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    name: str, places: Places, request: pytest.FixtureRequest, complaints
):
    stop = STOPS[name]
    context: BrowserContext = request.getfixturevalue(stop.who)
    # A refusal is an error in the console's eyes, whatever the page makes of it.
    refusal = stop.status >= 400 or "refused" in name or "closed" in name
    page = complaints.watch(context.new_page(), console=not refusal)
    answer = page.goto(places.url + stop.path.format(**vars(places)))
    assert answer is not None
    assert answer.status == stop.status
    stop.settled(page, places)
    assert complaints_of(page) == []


MIRRORED = [
    "home, signed out", "home, signed in", "login", "room list", "new room", "room", "room, guest links",
    "overlay builder", "overlay", "embed", "host, off the air", "host, with a session to go on with",
    "viewer, with captions", "viewer, closed", "viewer, unknown", "plain text", "session", "session, delete",
]  # fmt: skip


@pytest.mark.parametrize("name", MIRRORED)
def test_axe_finds_nothing_on_a_page_from_right_to_left(
    name: str, places: Places, request: pytest.FixtureRequest, complaints
):
    stop = STOPS[name]
    context: BrowserContext = request.getfixturevalue(stop.who)
    page = complaints.watch(context.new_page(), console=stop.status < 400 and "closed" not in name)
    page.set_extra_http_headers({"Accept-Language": "ar"})
    page.goto(places.url + stop.path.format(**vars(places)))
    stop.settled(page, places)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert complaints_of(page) == []


def test_axe_finds_nothing_on_the_host_page_on_the_air(
    places: Places, ada_talking: BrowserContext, complaints
):
    slug = people.make_room(ada_talking, places.url, "On the air")
    page = complaints.watch(ada_talking.new_page())
    page.goto(f"{places.url}/rooms/{slug}/host/")
    page.get_by_test_id("host-start").click()
    expect(page.get_by_test_id("caption-segment")).not_to_have_count(0, timeout=15_000)
    expect(page.get_by_test_id("mic-level")).to_contain_text("good")
    assert complaints_of(page) == []
    page.get_by_test_id("host-stop").click()
    expect(page.get_by_test_id("host-state")).to_have_text("Off the air", timeout=15_000)
    expect(page.get_by_role("link", name="Read and download")).to_be_visible()
    assert complaints_of(page) == []


def test_axe_finds_nothing_on_a_guest_s_host_page(
    places: Places, ada: BrowserContext, reader: BrowserContext, complaints
):
    page = complaints.watch(reader.new_page())
    page.goto(people.make_guest_link(ada, places.url, places.odd, LONG_TITLE[:80]))
    ready_to_speak(page, places)
    assert complaints_of(page) == []


def test_axe_finds_nothing_where_a_microphone_is_refused(places: Places, ada: BrowserContext, complaints):
    page = complaints.watch(ada.new_page())
    page.goto(f"{places.url}/rooms/{places.odd}/host/")
    page.get_by_test_id("host-start").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert complaints_of(page) == []


# --- by keyboard -----------------------------------------------------------------------------------

DEEP = """
  const inside = (element) => element.contentDocument ?? element.shadowRoot;
  const htmlOf = (element) => element.outerHTML.slice(0, 100);
"""
"""A frame of our own and an element's shadow are part of the page for whoever goes through it by keyboard."""

REACHABLE = (
    "() => {"
    + DEEP
    + """
  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";
  const isReachable = (element) =>
    element.matches(CONTROLS) && element.tabIndex >= 0 && !element.disabled && element.type !== "hidden"
    && element.checkVisibility() && !(element.type === "radio" && chosen(element) !== element);
  const chosen = (radio) => radio.getRootNode().querySelector(`[name="${radio.name}"]:checked`) ?? radio;
  const found = (root) => [...root.querySelectorAll("*")].flatMap((element) =>
    [...(isReachable(element) ? [htmlOf(element)] : []), ...(inside(element) ? found(inside(element)) : [])]);
  return found(document);
}"""
)
"""What can be used on a page; of radio buttons the keyboard reaches the chosen one."""

FOCUSED = (
    "() => {"
    + DEEP
    + r"""
  let outer = document.activeElement;
  if (!outer || outer === document.body) return null;
  let element = outer;
  for (let next = inside(element)?.activeElement; next; next = inside(element)?.activeElement) element = next;
  // A control that is hidden for another drawn in its place is marked there.
  const marked = [element, element.closest("label")].filter(Boolean);
  const drawn = marked.some((each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
      && !/, 0\)$|transparent/.test(style.outlineColor);
  });
  const { top, bottom, width, height } = outer.getBoundingClientRect();
  const inSight = width > 0 && height > 0 && bottom > 0 && top < innerHeight;
  return { html: htmlOf(element), drawn, inSight };
}"""
)


def with_frames(page: Page) -> None:
    """Waits until what is shown in frames can be used."""
    for frame in page.locator("iframe").all():
        frame.scroll_into_view_if_needed()
        expect(frame.content_frame.locator("vox-captions")).to_have_js_property("isConnected", True)
        expect(frame.content_frame.get_by_test_id("viewer-state").first).to_be_attached()


def tabbed_through(page: Page, most: int = 120) -> list[dict]:
    """What the keyboard comes to from the top of the page, each once."""
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    found: list[dict] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None or (found and focused["html"] == found[0]["html"]):
            return found
        found.append(focused)
    raise AssertionError(f"the keyboard does not come out of {found[-3:]}")


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        ("/", "dark"),
        ("/rooms/new/", "light"),
        ("/rooms/{room}/", "light"),
        ("/rooms/{guests}/", "dark"),
        ("/rooms/{room}/overlay/", "light"),
        ("/embed/{room}/", "light"),
        ("/rooms/{odd}/host/", "light"),
        ("/rooms/{odd}/host/", "dark"),
        ("/r/{room}/", "light"),
        ("/r/{room}/", "dark"),
        ("/r/{room}/text/", "dark"),
        ("/sessions/{session}/review/", "dark"),
    ],
)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    path: str, scheme: str, places: Places, ada: BrowserContext
):
    page = ada.new_page()
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme=scheme)
    page.goto(places.url + path.format(**vars(places)))
    if "/host/" in path:
        ready_to_speak(page, places)
    if path == "/r/{room}/":
        with_captions(page, places)
    with_frames(page)
    reachable = page.evaluate(REACHABLE)
    came_to = tabbed_through(page)
    assert sorted(each["html"] for each in came_to) == sorted(reachable)
    assert [each["html"] for each in came_to if not each["drawn"]] == []
    assert [each["html"] for each in came_to if not each["inSight"]] == []


def test_a_host_goes_on_and_off_the_air_by_keyboard_alone(
    places: Places, ada_talking: BrowserContext, complaints
):
    slug = people.make_room(ada_talking, places.url, "By keyboard")
    page = complaints.watch(ada_talking.new_page())
    page.goto(f"{places.url}/rooms/{slug}/host/")
    ready_to_speak(page, places)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.testid") == "host-start":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("host-state")).to_have_text("On the air")
    expect(page.get_by_test_id("host-stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("host-state")).to_have_text("Off the air", timeout=15_000)
    expect(page.get_by_test_id("host-start")).to_be_focused()


def test_a_form_that_is_refused_says_at_each_field_why(places: Places, ada: BrowserContext):
    page = ada.new_page()
    page.goto(f"{places.url}/rooms/new/")
    refused_room(page, places)
    title = page.get_by_label("Title")
    expect(title).to_have_attribute("aria-invalid", "true")
    told = title.get_attribute("aria-describedby")
    assert told
    notes = page.locator(", ".join(f"#{each}" for each in told.split()))
    expect(notes.filter(has_text=re.compile("required|title", re.IGNORECASE)).first).to_be_visible()
