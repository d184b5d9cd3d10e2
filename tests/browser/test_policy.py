"""No page of ours does what the site's own policy forbids, and the policy does forbid."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser import people, sounds
from tests.browser.conftest import Site
from tests.browser.policy import watched

ADMIN = (
    "",
    "auth/user/",
    "auth/user/add/",
    "auth/group/add/",
    "axes/accessattempt/",
    "captions/room/",
    "captions/room/add/",
    "captions/session/",
    "captions/segment/",
    "captions/revision/",
    "captions/removal/",
    "captions/membership/add/",
    "password_change/",
)


def test_the_policy_stops_a_script_and_a_style_in_the_page_itself(
    scripted_site: Site, reader: BrowserContext
) -> None:
    page, broken = watched(reader)
    page.goto(scripted_site.url)
    page.evaluate(
        """() => {
          const taken = `<p style="color: red" onclick="document.title = 'taken'">x</p>`;
          document.body.insertAdjacentHTML("beforeend", taken);
          const script = document.createElement("script");
          script.textContent = "document.title = 'taken'";
          document.body.append(script);
          document.querySelector("p[onclick]").click();
        }"""
    )
    expect(page).not_to_have_title("taken")
    assert {each.split(":")[0] for each in broken} == {"style-src-attr", "script-src-attr", "script-src-elem"}


def test_pages_for_strangers_keep_the_policy(
    scripted_site: Site, ada: BrowserContext, reader: BrowserContext
) -> None:
    slug = people.make_room(ada, scripted_site.url, "Town hall")
    page, broken = watched(reader)
    for path in ("", "accounts/login/", "admin/login/", f"r/{slug}/"):
        page.goto(f"{scripted_site.url}/{path}")
        page.wait_for_load_state("networkidle")
    with people.speaking(ada, scripted_site.url, slug) as speaker:
        speaker.say()
        expect(page.get_by_test_id("caption-segment").first).to_be_visible()
    page.goto(f"{scripted_site.url}/r/{slug}/qr.svg")
    assert broken == []


def test_a_host_s_pages_keep_the_policy_on_the_air_too(
    scripted_site: Site, ada_talking: BrowserContext
) -> None:
    slug = people.make_room(ada_talking, scripted_site.url, "Town hall")
    page, broken = watched(ada_talking)
    for path in ("", "rooms/", "rooms/new/", f"rooms/{slug}/", f"rooms/{slug}/delete/"):
        page.goto(f"{scripted_site.url}/{path}")
        page.wait_for_load_state("networkidle")
    page.goto(f"{scripted_site.url}/rooms/{slug}/host/")
    page.get_by_test_id("sound-check").click()
    expect(page.get_by_test_id("sound-check-words")).not_to_be_empty()
    page.get_by_test_id("host-start").click()
    expect(page.get_by_test_id("caption-segment").first).to_be_visible()
    page.get_by_test_id("host-stop").click()
    expect(page.get_by_test_id("host-state")).to_have_text(re.compile("over|Off", re.IGNORECASE))
    page.get_by_label("Audio file").first.check()
    pcm = sounds.silence(200) + sounds.sentence(600)
    page.locator("#file").set_input_files(
        {"name": "talk.wav", "mimeType": "audio/wav", "buffer": sounds.wav(pcm)}
    )
    page.get_by_test_id("host-start").click()
    expect(page.get_by_text("“talk.wav” has ended.")).to_be_visible()
    page.get_by_role("link", name="Read and download what was said").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(page.url.replace("review", "delete"))
    assert broken == []


def test_the_admin_keeps_the_policy(scripted_site: Site, ada: BrowserContext) -> None:
    slug = people.make_room(ada, scripted_site.url, "Town hall")
    with people.speaking(ada, scripted_site.url, slug) as speaker:
        speaker.say()
    page, broken = watched(ada)
    for path in ADMIN:
        page.goto(f"{scripted_site.url}/admin/{path}")
        page.wait_for_load_state("networkidle")
    for kind in ("room", "session", "segment"):
        page.goto(f"{scripted_site.url}/admin/captions/{kind}/")
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_load_state("networkidle")
    page.goto(f"{scripted_site.url}/admin/captions/room/add/")
    page.locator(".field-owner .select2-selection").click()
    expect(page.locator(".select2-results__option").first).to_be_visible()
    assert broken == []


def test_no_other_site_may_frame_a_page(scripted_site: Site, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route(
        "http://127.0.0.1:9/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<iframe src="{scripted_site.url}/"></iframe>'
        ),
    )
    page.goto("http://127.0.0.1:9/")
    assert page.frames[1].url.startswith("chrome-error:")
    context.close()
