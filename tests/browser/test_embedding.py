"""Captions on somebody else's site, in a real browser, with that site's styles, scripts and policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    expect,
)

from tests.browser import people
from tests.browser.conftest import SENTENCES, Site
from tests.browser.elsewhere import Elsewhere, elsewhere
from tests.browser.network import Network
from tests.browser.people import speaking
from tests.browser.policy import watched

RECONNECTED_MS = 20_000
WITHIN_MS = 3_000
"""What "within seconds" means to somebody who takes a site off the list."""
DOCS = Path(__file__).resolve().parent.parent.parent / "docs/embedding.md"
REFUSED = re.compile(r"^This site may not show these captions\. The room's owner can allow it: (\S+)")


@pytest.fixture
def blog() -> Iterator[Elsewhere]:
    with elsewhere() as site:
        yield site


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    """A room in which something has been said."""
    slug = people.make_room(ada, scripted_site.url, "Town hall")
    with speaking(ada, scripted_site.url, slug) as speaker:
        speaker.say(2)
    return slug


def allow(owner: BrowserContext, site: Site, slug: str, pattern: str) -> None:
    people.submit(owner, f"{site.url}/rooms/{slug}/", to="embedding/allow/", pattern=pattern)


def disallow(owner: BrowserContext, site: Site, slug: str, pattern: str) -> None:
    people.submit(owner, f"{site.url}/rooms/{slug}/", to="embedding/disallow/", pattern=pattern)


def element(site: Site, slug: str, attributes: str = "") -> str:
    """What the room's page gives to be pasted."""
    script = f'<script type="module" src="{site.url}/embed.js"></script>'
    return f'{script}<vox-captions room="{slug}" {attributes}></vox-captions>'


def frame(site: Site, slug: str, query: str = "") -> str:
    return f'<iframe src="{site.url}/embed/{slug}/{query}" title="Captions" referrerpolicy="origin"></iframe>'


def lines(place: Page | FrameLocator | Locator) -> Locator:
    """Captions as the element shows them; those written for who has no script are beside them in a frame."""
    return place.locator(".vox").get_by_test_id("caption-segment")


def state(place: Page | FrameLocator | Locator) -> Locator:
    return place.get_by_test_id("viewer-state").first


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    return page


# --- who may ---


def test_an_allowed_site_shows_what_is_said_and_hears_of_it(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str, complaints
):
    allow(ada, scripted_site, room, f"{blog.url}/some/page")
    page = complaints.watch(reader.new_page())
    listen = "addEventListener('captions:final', (event) => (window.heard ??= []).push(event.detail.text))"
    opened(page, blog.put(element(scripted_site, room) + f"<script>{listen}</script>"))
    expect(lines(page)).to_have_text(SENTENCES[:2])
    with speaking(ada, scripted_site.url, room) as speaker:
        speaker.say(1)
        expect(lines(page)).to_have_count(3)
        assert page.evaluate("window.heard") == [SENTENCES[0]]


def test_a_site_that_is_not_allowed_is_told_which_address_to_allow_and_is_allowed_by_a_click(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str
):
    page = opened(reader.new_page(), blog.put(element(scripted_site, room)))
    expect(state(page)).to_have_text(REFUSED)
    told = REFUSED.match(state(page).inner_text())
    assert told is not None
    assert told[1] == blog.url
    expect(lines(page)).to_have_count(0)

    owner = ada.new_page()
    button = owner.get_by_role("button", name=f"Allow {blog.url}")
    for _ in range(20):  # who has asked is stored every few seconds
        owner.goto(f"{scripted_site.url}/rooms/{room}/")
        if button.count():
            break
        owner.wait_for_timeout(500)
    button.click()
    expect(owner.get_by_role("status").first).to_contain_text(f"{blog.url} may show the captions")
    page.reload()
    expect(lines(page)).to_have_text(SENTENCES[:2])


def test_a_site_that_is_taken_off_the_list_is_told_within_seconds(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str
):
    allow(ada, scripted_site, room, blog.url)
    page = opened(reader.new_page(), blog.put(element(scripted_site, room)))
    expect(lines(page)).to_have_count(2)
    disallow(ada, scripted_site, room, blog.url)
    expect(state(page)).to_have_text(REFUSED, timeout=WITHIN_MS)


def test_an_allowed_site_may_frame_the_captions(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str, complaints
):
    allow(ada, scripted_site, room, blog.url)
    page = complaints.watch(reader.new_page())
    opened(page, blog.put(frame(scripted_site, room, "?theme=dark&lines=1&font=<b>&chrome=off")))
    inside = page.frame_locator("iframe")
    expect(lines(inside)).to_have_text(SENTENCES[:2])
    captions = inside.locator("vox-captions")
    expect(captions).to_have_attribute("theme", "dark")
    expect(captions).to_have_attribute("lines", "1")
    expect(captions).to_have_attribute("chrome", "off")
    assert captions.get_attribute("font") in (None, "system")


def test_no_other_site_may(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str
):
    allow(ada, scripted_site, room, "https://*.example.org")
    page = opened(reader.new_page(), blog.put(frame(scripted_site, room)))
    inside = page.locator("iframe").element_handle().content_frame()
    assert inside is not None
    inside.wait_for_url("chrome-error://chromewebdata/")


def test_a_room_that_becomes_one_for_members_ends_on_other_sites(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str
):
    allow(ada, scripted_site, room, blog.url)
    page = opened(reader.new_page(), blog.put(element(scripted_site, room)))
    expect(lines(page)).to_have_count(2)
    fields = {"title": "Town hall", "language": "en-US", "language_other": "", "access": "members"}
    people.submit(ada, f"{scripted_site.url}/rooms/{room}/", to="edit/", **fields)
    expect(state(page)).to_contain_text("members only", timeout=WITHIN_MS)


def test_an_element_on_a_network_that_flaps_shows_what_a_steady_reader_sees(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str
):
    allow(ada, scripted_site, room, blog.url)
    steady = opened(reader.new_page(), f"{scripted_site.url}/r/{room}/")
    with Network(scripted_site.url) as network, speaking(ada, scripted_site.url, room) as speaker:
        script = f'<script type="module" src="{network.url}/embed.js"></script>'
        page = opened(reader.new_page(), blog.put(f'{script}<vox-captions room="{room}"></vox-captions>'))
        expect(lines(page)).to_have_count(2)
        for said in range(1, 4):
            speaker.begin()
            with network.away():
                expect(state(page)).to_have_text("Connection lost. Trying again…")
                speaker.finish()
                expect(steady.get_by_test_id("caption-segment")).to_have_count(2 + said)
            expect(lines(page)).to_have_count(2 + said, timeout=RECONNECTED_MS)
        network.cut()
        speaker.say(1)
        expect(lines(page)).to_have_count(6, timeout=RECONNECTED_MS)
        shown = [place.all_inner_texts() for place in (lines(page), steady.get_by_test_id("caption-segment"))]
        assert shown[0] == shown[1]


# --- on a page that is not made for it ---


HOSTILE_STYLE = """<style>
* { letter-spacing: 4px !important; text-transform: uppercase !important; display: block !important; }
vox-captions { color: rgb(255, 0, 0) !important; font-size: 40px !important; direction: rtl !important; }
</style>"""


def test_the_styles_of_the_page_do_not_come_in(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str
):
    allow(ada, scripted_site, room, blog.url)
    styles = []
    for head in ("", HOSTILE_STYLE):
        page = opened(reader.new_page(), blog.put(element(scripted_site, room), head=head))
        expect(lines(page)).to_have_count(2)
        script = """(node) => {
          const style = getComputedStyle(node);
          const names = ["letterSpacing", "textTransform", "display", "color", "fontSize", "direction"];
          return names.map((name) => style[name]);
        }"""
        styles.append(lines(page).first.evaluate(script))
    assert styles[0] == styles[1]


def policy_of(owner: BrowserContext, site: Site, slug: str) -> str:
    """The lines for a strict site, as the room's page gives them, in a policy that allows nothing else."""
    page = owner.request.get(f"{site.url}/rooms/{slug}/").text()
    shown = re.search(r'<textarea id="code-policy"[^>]*>([^<]*)<', page)
    assert shown is not None
    return "; ".join(["default-src 'none'", "img-src data:", *shown[1].strip().split("\n")])


@pytest.mark.parametrize("kind", ["element", "frame"])
def test_a_strict_site_needs_the_three_lines_and_nothing_more(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str, kind: str
):
    allow(ada, scripted_site, room, blog.url)
    body = element(scripted_site, room) if kind == "element" else frame(scripted_site, room)
    policy = policy_of(ada, scripted_site, room)
    page, broken = watched(reader)
    opened(page, blog.put(body, Content_Security_Policy=policy))
    expect(lines(page if kind == "element" else page.frame_locator("iframe"))).to_have_count(2)
    if kind == "element":
        page.get_by_role("button", name="Display settings").click()
        expect(page.get_by_role("heading", name="Display settings")).to_be_visible()
    assert broken == []


def test_all_elements_of_a_page_share_one_connection(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str
):
    allow(ada, scripted_site, room, blog.url)
    page = reader.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    opened(page, blog.put(element(scripted_site, room) * 10))
    expect(lines(page)).to_have_count(20)
    assert len(sockets) == 1


KEYS = "Object.getOwnPropertyNames(window)"


def test_nothing_is_kept_and_nobody_else_is_asked_until_a_reader_changes_a_setting(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str
):
    allow(ada, scripted_site, room, blog.url)
    page = opened(reader.new_page(), blog.put("", path="/bare"))
    before = set(page.evaluate(KEYS))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for body in (element(scripted_site, room), frame(scripted_site, room)):
        opened(page, blog.put(body))
        expect(lines(page.frame_locator("iframe") if "<iframe" in body else page)).to_have_count(2)
    assert {re.match(r"\w+://[^/]+", url)[0] for url in asked if not url.startswith("data:")} == {  # type: ignore[index]
        blog.url,
        scripted_site.url,
    }
    assert set(page.evaluate(KEYS)) - before == {"0"}, "the frame itself"
    assert reader.cookies() == []
    assert [each["origin"] for each in reader.storage_state()["origins"]] == []
    opened(page, blog.put(element(scripted_site, room)))
    page.get_by_role("button", name="Display settings").click()
    page.get_by_label("Font", exact=True).select_option("serif")
    kept = reader.storage_state()["origins"]
    assert [(each["origin"], [item["name"] for item in each["localStorage"]]) for each in kept] == [
        (blog.url, ["voxweb.widget"])
    ]


OLD_PAGE = """<script>
  Array.prototype.last = function () { return this[this.length - 1]; };
  Object.prototype.extended = true;
  window.define = function () { throw new Error("taken for a module of AMD"); };
  window.define.amd = {};
</script>"""


def test_a_page_that_has_changed_the_language_around_it_does_no_harm(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str, complaints
):
    allow(ada, scripted_site, room, blog.url)
    page = complaints.watch(reader.new_page())
    opened(page, blog.put(element(scripted_site, room), head=OLD_PAGE))
    expect(lines(page)).to_have_text(SENTENCES[:2])


# --- what is said of it ---


def snippets() -> list[tuple[str, str]]:
    """The fenced blocks of the page for site owners: language and text."""
    return re.findall(
        r"^```(html|css|text)\n(.*?)^```$", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def says(text: str, message: ConsoleMessage) -> bool:
    return message.text == text


def test_everything_that_a_site_owner_is_told_to_paste_works(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext, blog: Elsewhere, room: str, complaints
):
    allow(ada, scripted_site, room, blog.url)

    def here(text: str) -> str:
        sockets = scripted_site.url.replace("http", "ws", 1)
        text = text.replace("wss://captions.example.org", sockets)
        return text.replace("https://captions.example.org", scripted_site.url).replace("town-hall", room)

    found = [(kind, here(text)) for kind, text in snippets()]
    bodies = [text for kind, text in found if kind == "html"]
    (style,) = [text for kind, text in found if kind == "css"]
    (policy,) = [text for kind, text in found if kind == "text"]
    assert len(bodies) >= 5
    script = bodies[0].split("\n")[0]
    for body in bodies:
        hears = "addEventListener" in body
        with_element = hears or "<vox-captions" in body
        page = complaints.watch(reader.new_page())
        before = script if with_element and script not in body else ""
        after = f'<vox-captions room="{room}"></vox-captions>' if hears else ""
        opened(page, blog.put(before + body + after, head=f"<style>{style}</style>"))
        for number in range(page.locator("iframe").count()):
            expect(lines(page.frame_locator("iframe").nth(number)).first).to_be_attached()
        if with_element:
            expect(lines(page).first).to_be_attached()
        if hears:
            is_it = partial(says, SENTENCES[0])
            with speaking(ada, scripted_site.url, room) as speaker, page.expect_console_message(is_it):
                speaker.say(1)
        page.close()
    rules = "; ".join(["default-src 'none'", "img-src data:", *policy.strip().split("\n")])
    page, broken = watched(reader)
    opened(page, blog.put(bodies[0] + bodies[1], Content_Security_Policy=rules))
    expect(lines(page).first).to_be_visible()
    assert broken == []


def test_the_room_s_page_shows_how_it_looks_and_copies_what_to_paste(
    scripted_site: Site, browser: Browser, ada_state: Path, blog: Elsewhere, room: str
):
    context = browser.new_context(storage_state=ada_state, permissions=["clipboard-read", "clipboard-write"])
    page, broken = watched(context)
    opened(page, f"{scripted_site.url}/rooms/{room}/")
    page.locator(".embedding__preview").scroll_into_view_if_needed()
    expect(lines(page.frame_locator(".embedding__preview"))).to_have_text(SENTENCES[:2])
    code = page.locator(".code").filter(has=page.get_by_label("Script"))
    code.get_by_role("button", name="Copy").click()
    expect(code.get_by_role("button")).to_have_text("Copied")
    reading = opened(context.new_page(), blog.put("", path="/bare"))  # no page of ours may read it
    copied = reading.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label("Script").input_value()
    assert broken == []

    page.get_by_label("Address of the site").fill(f"{blog.url}/page")
    page.get_by_role("button", name="Allow this site").click()
    elsewhere_page = opened(context.new_page(), blog.put(copied))
    expect(lines(elsewhere_page)).to_have_text(SENTENCES[:2])
    context.close()


def test_without_a_script_the_page_for_frames_has_the_newest_lines_and_leads_on(
    scripted_site: Site, browser: Browser, room: str
):
    context = browser.new_context(java_script_enabled=False)
    page = opened(context.new_page(), f"{scripted_site.url}/embed/{room}/")
    expect(page.get_by_test_id("caption-segment")).to_have_text(SENTENCES[:2])
    expect(page.get_by_role("link").first).to_be_visible()
    context.close()
