"""From a microphone to captions that are kept, with nothing in between but what people use."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Site

SPOKEN_MS = 60_000
"""How long real speech and its recognition may take here, in all."""


def make_room(page: Page, site: Site, title: str) -> str:
    """Make a room the way people do; its slug."""
    page.goto(f"{site.url}/rooms/new/")
    page.get_by_label("Title", exact=False).first.fill(title)
    page.get_by_role("button", name=re.compile("make|create|new room", re.IGNORECASE)).click()
    page.wait_for_url(re.compile(r"/rooms/(?!new)[^/]+/$"))
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def words(text: str) -> list[str]:
    """The words of a text, as the scoring of the recordings compares them."""
    return re.findall(r"[a-z']+", text.lower().replace("-", " "))


def stored(site: Site, slug: str) -> list[dict]:
    """The room's speech as it is in the database, in order."""
    database = sqlite3.connect(f"file:{site.data_dir / 'voxweb.sqlite3'}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    rows = database.execute(
        "SELECT s.* FROM captions_segment s JOIN captions_room r ON r.id = s.room_id"
        " WHERE r.slug = ? AND s.kind = 'speech' ORDER BY s.offset_ms",
        [slug],
    ).fetchall()
    database.close()
    return [dict(row) for row in rows]


def texts_of_cues(text: str) -> list[str]:
    """The words of an SRT or WebVTT file, cue after cue."""
    blocks = [block.splitlines() for block in re.split(r"\n{2,}", text.strip())]
    return [
        " ".join(lines[next(i for i, line in enumerate(lines) if "-->" in line) + 1 :])
        for lines in blocks
        if any("-->" in line for line in lines)
    ]


@pytest.mark.timeout(240)
def test_what_is_spoken_is_read_by_everyone_and_kept(
    site: Site, owner: BrowserContext, browser_with_voice, owner_state: Path, browser: Browser, complaints
):
    slug = make_room(owner.new_page(), site, "The first whole")
    viewer = complaints.watch(browser.new_context().new_page())
    viewer.goto(f"{site.url}/r/{slug}/")
    expect(viewer.get_by_test_id("viewer-state")).not_to_be_empty()

    speaking = browser_with_voice("go_forward.wav", "brooklyn_bridge.wav", "jfk_inaugural.wav")
    context = speaking.new_context(storage_state=owner_state, permissions=["microphone"])
    host = complaints.watch(context.new_page())
    host.goto(f"{site.url}/rooms/{slug}/host/")
    host.get_by_test_id("host-start").click()
    expect(host.get_by_test_id("host-state")).to_contain_text("On the air")

    log = viewer.get_by_test_id("caption-log")
    expect(viewer.get_by_test_id("caption-interim")).not_to_be_empty(timeout=SPOKEN_MS)
    expect(log).to_contain_text("go forward ten meters", timeout=SPOKEN_MS, ignore_case=True)
    expect(log).to_contain_text("brooklyn bridge", timeout=SPOKEN_MS, ignore_case=True)
    # The three recordings and the pauses between them are over after 20.1 s.
    on_air_for = host.locator("[data-part=elapsed]")
    expect(on_air_for).to_have_text(re.compile(r"0:2[1-9]|0:[345]\d"), timeout=SPOKEN_MS)
    host.get_by_test_id("host-stop").click()
    expect(host.get_by_test_id("host-state")).to_contain_text("Off the air", timeout=SPOKEN_MS)

    rows = stored(site, slug)
    kept = words(" ".join(row["text"] for row in rows))
    assert len(rows) >= 3
    assert all(row["duration_ms"] > 0 for row in rows)
    assert [row["offset_ms"] for row in rows] == sorted(row["offset_ms"] for row in rows)
    assert rows[0]["offset_ms"] >= 1000, "the recording begins after a pause"

    shown = viewer.get_by_test_id("caption-segment")
    expect(shown).to_have_count(len(rows))
    ids = shown.evaluate_all("(lines) => lines.map((line) => line.dataset.segmentId)")
    assert [id.replace("-", "") for id in ids] == [row["id"].replace("-", "") for row in rows]
    for line, row in zip(shown.all(), rows, strict=True):
        expect(line).to_contain_text(row["text"])
    expect(host.get_by_test_id("caption-segment")).to_have_count(len(rows))

    session = str(rows[0]["session_id"])
    session = (
        f"{session[:8]}-{session[8:12]}-{session[12:16]}-{session[16:20]}-{session[20:]}"
        if "-" not in session
        else session
    )
    files = {}
    for format_ in ("txt", "srt", "vtt", "json"):
        answer = owner.request.get(f"{site.url}/sessions/{session}/transcript.{format_}")
        assert answer.ok, f"{format_}: {answer.status}"
        assert "attachment" in answer.headers["content-disposition"]
        files[format_] = answer.text()
    exported = json.loads(files["json"])
    assert words(" ".join(segment["text"] for segment in exported["segments"])) == kept
    assert all(segment["words"] for segment in exported["segments"])
    assert words(" ".join(texts_of_cues(files["srt"]))) == kept
    assert words(" ".join(texts_of_cues(files["vtt"]))) == kept
    spoken_lines = [line for line in files["txt"].splitlines() if any(row["text"] in line for row in rows)]
    assert spoken_lines, "the plain text holds the lines"
    for row in rows:
        assert row["text"] in files["txt"].replace("\n", " ")

    review = complaints.watch(owner.new_page())
    review.goto(f"{site.url}/sessions/{session}/review/")
    for row in rows:
        expect(review.locator("main")).to_contain_text(row["text"])


@pytest.mark.timeout(180)
def test_a_viewer_who_comes_late_reads_what_was_said(
    site: Site, owner: BrowserContext, browser_with_voice, owner_state: Path, browser: Browser, complaints
):
    slug = make_room(owner.new_page(), site, "Late")
    speaking = browser_with_voice("go_forward.wav")
    context = speaking.new_context(storage_state=owner_state, permissions=["microphone"])
    host = complaints.watch(context.new_page())
    host.goto(f"{site.url}/rooms/{slug}/host/")
    host.get_by_test_id("host-start").click()
    expect(host.get_by_test_id("caption-log")).to_contain_text(
        "go forward", timeout=SPOKEN_MS, ignore_case=True
    )

    viewer = complaints.watch(browser.new_context().new_page())
    viewer.goto(f"{site.url}/r/{slug}/")
    expect(viewer.get_by_test_id("caption-log")).to_contain_text("go forward", ignore_case=True)
    viewer.reload()
    expect(viewer.get_by_test_id("caption-segment")).to_have_count(len(stored(site, slug)))
    host.get_by_test_id("host-stop").click()
    expect(host.get_by_test_id("host-state")).to_contain_text("Off the air", timeout=SPOKEN_MS)


def test_a_refused_microphone_is_explained_in_words(site: Site, owner: BrowserContext):
    slug = make_room(owner.new_page(), site, "Refused")
    page = owner.new_page()
    page.goto(f"{site.url}/rooms/{slug}/host/")
    page.get_by_test_id("host-start").click()
    expect(page.locator("main")).to_contain_text(re.compile("permission|allow|not allowed", re.IGNORECASE))
    expect(page.get_by_test_id("host-start")).to_be_enabled()


def test_a_stranger_cannot_open_the_host_page(site: Site, owner: BrowserContext, browser: Browser):
    slug = make_room(owner.new_page(), site, "Strangers")
    stranger = browser.new_context().new_page()
    stranger.goto(f"{site.url}/rooms/{slug}/host/")
    expect(stranger).to_have_url(re.compile("/accounts/login/"))


def test_the_sign_in_link_works_once(site: Site, owner: BrowserContext, browser: Browser):
    again = browser.new_context().new_page()
    answer = again.goto(site.sign_in_link)
    assert answer is not None
    assert answer.status == 403
    expect(again.locator("main")).to_contain_text(re.compile("link", re.IGNORECASE))
