"""The page where somebody goes on the air: what goes wrong is said in words, and no word is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Dialog, Page, expect

from tests.browser import people, sounds
from tests.browser.conftest import FLAGS, RECORDINGS, SENTENCES, Site
from tests.browser.network import Network
from tests.browser.people import speaking
from tests.find_browser import find

SPOKEN_MS = 30_000
"""How long a test may have to wait for what takes its time to be said."""
ON_THE_AIR = "On the air"
OFF_THE_AIR = "Off the air"


@pytest.fixture
def room(scripted_site: Site, ada: BrowserContext) -> str:
    return people.make_room(ada, scripted_site.url, "Spring lectures")


def host_page(context: BrowserContext, site_url: str, room: str, complaints, *, console: bool = True) -> Page:
    page = complaints.watch(context.new_page(), console=console)
    page.goto(f"{site_url}/rooms/{room}/host/")
    expect(page.locator("[data-host][data-ready]")).to_be_visible()
    return page


def state(page: Page):
    return page.get_by_test_id("host-state")


def lines(page: Page):
    return page.get_by_test_id("caption-segment")


def reference(page: Page):
    return page.get_by_test_id("host-reference")


def start(page: Page) -> None:
    page.get_by_test_id("host-start").click()
    expect(state(page)).to_have_text(ON_THE_AIR)


def stop(page: Page) -> None:
    page.get_by_test_id("host-stop").click()
    expect(state(page)).to_have_text(OFF_THE_AIR, timeout=SPOKEN_MS)


def problem(page: Page):
    return page.get_by_role("alert")


def speech(site: Site, room: str) -> list[dict]:
    return [row for row in people.stored(site.data_dir, room) if row["kind"] == "speech"]


def choose_file(page: Page, name: str, pcm: bytes) -> None:
    page.get_by_label("Audio file").first.check()
    page.locator("#file").set_input_files({"name": name, "mimeType": "audio/wav", "buffer": sounds.wav(pcm)})


# --- the microphone --------------------------------------------------------------------------------


def test_a_refused_microphone_is_explained_and_works_once_it_is_allowed(
    scripted_site: Site, room: str, talking_browser: Browser, ada_state: Path, complaints
):
    context = talking_browser.new_context(storage_state=ada_state)
    page = host_page(context, scripted_site.url, room, complaints)
    page.get_by_test_id("host-start").click()
    expect(problem(page)).to_contain_text(re.compile("The microphone (is|was) not allowed"))
    expect(problem(page)).to_contain_text("press Start again", ignore_case=True)
    expect(state(page)).to_have_text(OFF_THE_AIR)
    assert people.stored(scripted_site.data_dir, room) == []

    page.get_by_test_id("sound-check").click()
    expect(page.get_by_test_id("sound-check-words")).to_contain_text("not allowed")

    context.grant_permissions(["microphone"])
    start(page)
    expect(problem(page)).to_be_hidden()
    stop(page)
    context.close()


@pytest.fixture(scope="module")
def deaf_browser(browser_type: BrowserType) -> Iterator[Browser]:
    """A Chromium on a computer without any microphone."""
    flags = [flag for flag in FLAGS if "fake-device" not in flag]
    browser = browser_type.launch(executable_path=find(), args=flags)
    yield browser
    browser.close()


def test_a_computer_without_a_microphone_is_told_what_to_do(
    scripted_site: Site, room: str, deaf_browser: Browser, ada_state: Path, complaints
):
    context = deaf_browser.new_context(storage_state=ada_state, permissions=["microphone"])
    page = host_page(context, scripted_site.url, room, complaints)
    page.get_by_test_id("host-start").click()
    expect(problem(page)).to_contain_text("No microphone found. Plug one in")
    expect(state(page)).to_have_text(OFF_THE_AIR)
    expect(page.get_by_test_id("host-start")).to_be_enabled()

    # It can go on the air all the same.
    choose_file(page, "talk.wav", sounds.silence(200) + sounds.sentence(600))
    page.get_by_test_id("host-start").click()
    expect(lines(page)).to_have_text(SENTENCES[:1], timeout=SPOKEN_MS)
    expect(state(page)).to_have_text(OFF_THE_AIR, timeout=SPOKEN_MS)
    context.close()


def test_a_microphone_that_is_taken_away_and_comes_back_goes_on(
    scripted_site: Site, room: str, ada_talking: BrowserContext, complaints
):
    page = host_page(ada_talking, scripted_site.url, room, complaints)
    start(page)
    expect(lines(page)).not_to_have_count(0, timeout=SPOKEN_MS)
    ada_talking.clear_permissions()
    notices = page.locator("[data-topic=device]")
    expect(notices).to_contain_text("The microphone is no longer allowed.")
    expect(state(page)).to_have_text(ON_THE_AIR)
    ada_talking.grant_permissions(["microphone"])
    expect(notices).not_to_contain_text("no longer allowed", timeout=SPOKEN_MS)
    said = lines(page).count()
    expect(lines(page).nth(said)).to_be_visible(timeout=SPOKEN_MS)
    stop(page)


def test_the_sound_check_records_three_seconds_and_plays_them(
    scripted_site: Site, room: str, ada_talking: BrowserContext, complaints
):
    page = complaints.watch(ada_talking.new_page())
    page.add_init_script(NOTE_WHAT_IS_PLAYED)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(f"{scripted_site.url}/rooms/{room}/host/")
    words = page.get_by_test_id("sound-check-words")
    level = page.get_by_test_id("mic-level")
    expect(level).to_have_text("not listening")
    page.get_by_test_id("sound-check").click()
    expect(words).to_contain_text("Say a sentence")
    expect(level).to_have_text("good")
    expect(words).to_have_text(
        "That was good. You are ready to start. This is how you sound:", timeout=SPOKEN_MS
    )
    expect(level).to_have_text("not listening")
    (played,) = page.evaluate("window.played")
    assert 3.0 <= played["seconds"] < 3.3
    assert played["rate"] == sounds.RATE_HZ
    assert played["state"] == "running"
    assert 0.1 < played["peak"] < 0.3, "the microphone's tone has a fifth of full scale"
    again = page.get_by_role("button", name="Hear it again")
    again.click()
    page.wait_for_function("window.played.length === 2")
    assert sockets == [], "nothing of a sound check is sent"
    expect(state(page)).to_have_text(OFF_THE_AIR)


NOTE_WHAT_IS_PLAYED = """
window.played = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  const { buffer, context } = this;
  const peak = Math.max(...buffer.getChannelData(0).map(Math.abs));
  const note = { seconds: buffer.duration, rate: buffer.sampleRate, peak };
  const noted = () => { window.played.push({ ...note, state: context.state }); };
  if (context.state === "running") noted();
  else context.addEventListener("statechange", noted, { once: true });
  return start.apply(this, when);
};
"""


def test_the_level_is_told_in_words_as_the_voice_gets_louder(
    scripted_site: Site, room: str, ada_talking: BrowserContext, complaints
):
    page = host_page(ada_talking, scripted_site.url, room, complaints)
    voice = RECORDINGS / "go_forward.wav"
    loudest = max(abs(each) for each in memoryview(sounds.recorded(voice)).cast("h")) / 32_768
    pcm = sounds.silence(500)
    for share_of_full_scale in (0.005, 0.2, 4.0):
        spoken = sounds.recorded(voice, gain=share_of_full_scale / loudest)
        pcm += spoken[sounds.RATE_HZ : 4 * sounds.RATE_HZ]  # from half a second to two
    choose_file(page, "voice.wav", pcm)
    page.evaluate(NOTE_WORDS)
    page.get_by_test_id("host-start").click()
    expect(lines(page)).not_to_have_count(0, timeout=SPOKEN_MS)
    expect(state(page)).to_have_text(OFF_THE_AIR, timeout=SPOKEN_MS)
    told = page.evaluate("window.told")
    assert [each["word"] for each in told] == ["no sound", "too quiet", "good", "too loud", "not listening"]
    highest = {each["word"]: each["highest"] for each in told}
    assert highest["too quiet"] < -34 < highest["good"] < -3 < highest["too loud"], (
        "the bar goes with the words"
    )
    expect(page.get_by_role("meter")).to_have_attribute("aria-valuetext", "not listening")


NOTE_WORDS = """() => {
  window.told = [];
  const meter = document.querySelector("[data-testid=mic-level]");
  const bar = meter.querySelector("[role=meter]");
  new MutationObserver(() => {
    const { word } = meter.dataset;
    const level = Number(bar.getAttribute("aria-valuenow"));
    const last = window.told.at(-1);
    if (last?.word === word) last.highest = Math.max(last.highest, level);
    else window.told.push({ word, highest: level });
  }).observe(meter, { attributes: true, attributeFilter: ["data-word"] });
}"""


# --- a file in place of a microphone ---------------------------------------------------------------


def test_an_audio_file_is_captioned_to_its_end(
    scripted_site: Site, room: str, ada_talking: BrowserContext, reader: BrowserContext, complaints
):
    viewer = complaints.watch(reader.new_page())
    viewer.goto(f"{scripted_site.url}/r/{room}/")
    page = host_page(ada_talking, scripted_site.url, room, complaints)
    page.get_by_label("Audio file").first.check()
    page.get_by_test_id("host-start").click()
    expect(problem(page)).to_contain_text("Choose an audio file first.")
    page.locator("#file").set_input_files(str(RECORDINGS / "go_forward.wav"))
    page.get_by_test_id("host-start").click()
    expect(state(page)).to_have_text(ON_THE_AIR)
    expect(viewer.get_by_test_id("viewer-state")).to_have_text(ON_THE_AIR)
    expect(state(page)).to_have_text(OFF_THE_AIR, timeout=SPOKEN_MS)
    expect(page.get_by_text("“go_forward.wav” has ended.")).to_be_visible()
    # With all that is said above them the newest captions are still in sight.
    expect(page.locator("caption-view")).to_be_in_viewport(ratio=0.99)
    expect(lines(viewer)).not_to_have_count(0)
    rows = speech(scripted_site, room)
    expect(lines(page)).to_have_text([row["text"] for row in rows])
    expect(lines(viewer)).to_have_text([row["text"] for row in rows])
    # All of the recording was heard: its last word ends a little before the 2.8 s are over.
    assert 1_800 < rows[-1]["offset_ms"] + rows[-1]["duration_ms"] < 3_200

    kept = page.get_by_role("link", name="Read and download what was said")
    kept.click()
    expect(page).to_have_url(re.compile(r"/sessions/[0-9a-f-]{36}/review/"))
    expect(lines(page)).to_have_text([row["text"] for row in rows])


def test_a_file_that_is_no_sound_is_refused_in_words(
    scripted_site: Site, room: str, ada_talking: BrowserContext, complaints
):
    page = host_page(ada_talking, scripted_site.url, room, complaints)
    page.get_by_label("Audio file").first.check()
    page.locator("#file").set_input_files(
        {"name": "notes.wav", "mimeType": "audio/wav", "buffer": b"no sound at all"}
    )
    page.get_by_test_id("host-start").click()
    expect(problem(page)).to_contain_text("This file cannot be played.")
    expect(state(page)).to_have_text(OFF_THE_AIR)
    assert people.stored(scripted_site.data_dir, room) == []


# --- no word is lost, and none comes twice ---------------------------------------------------------

PLAN_MS = (700, 1100, 600, 900, 500, 1000, 800)
"""Lengths of the sentences of a talk: each differs from its neighbours, so that a hole would show."""
NEAR_MS = 80
"""The scripted engine hears in frames of 20 ms; resampling blurs edges by a few more."""


def talk() -> bytes:
    return sounds.silence(300) + b"".join(sounds.sentence(length) for length in PLAN_MS)


def check_talk(rows: list[dict]) -> None:
    """Everything of the talk was heard, each part at its time and for as long as it took."""
    assert [row["text"] for row in rows] == list(SENTENCES[: len(PLAN_MS)])
    assert [row["kind"] for row in rows] == ["speech"] * len(PLAN_MS)
    begins_ms = [row["offset_ms"] - rows[0]["offset_ms"] for row in rows]
    planned_ms = [sum(PLAN_MS[:n]) + n * sounds.PAUSE_MS for n in range(len(PLAN_MS))]
    assert begins_ms == pytest.approx(planned_ms, abs=NEAR_MS)
    assert [row["duration_ms"] for row in rows] == pytest.approx(list(PLAN_MS), abs=NEAR_MS)


AWAY_S = 3
WAIT_ON_AIR_S = """(seconds) => new Promise((resolve) => {
  const elapsed = document.querySelector("[data-part=elapsed]");
  const now = () => Number(elapsed.textContent.split(":")[1]);
  const until = now() + seconds;
  new MutationObserver(() => now() >= until && resolve(now())).observe(elapsed, { childList: true });
})"""
"""So many seconds of the talk, by the page's own clock of what it has heard."""


def test_a_network_that_is_cut_loses_no_word(
    scripted_site: Site,
    room: str,
    ada_talking: BrowserContext,
    reader: BrowserContext,
    complaints,
):
    with Network(scripted_site.url) as network:
        viewer = complaints.watch(reader.new_page())
        viewer.goto(f"{scripted_site.url}/r/{room}/")
        page = host_page(ada_talking, network.url, room, complaints, console=False)
        choose_file(page, "talk.wav", talk())
        page.get_by_test_id("host-start").click()
        expect(lines(viewer).nth(0)).to_be_visible(timeout=SPOKEN_MS)
        network.cut()
        expect(lines(viewer).nth(1)).to_be_visible(timeout=SPOKEN_MS)
        with network.away():
            expect(state(page)).to_have_text("Reconnecting")
            expect(page.get_by_text("Go on speaking: it is kept here")).to_be_visible()
            # The talk goes on meanwhile; that is what there is to lose.
            page.evaluate(WAIT_ON_AIR_S, AWAY_S)
            expect(page.locator("[data-part=lag]")).to_contain_text("waiting to be sent")
            assert lines(viewer).count() < 4
        expect(state(page)).to_have_text(OFF_THE_AIR, timeout=SPOKEN_MS)
        check_talk(people.stored(scripted_site.data_dir, room))
        expect(lines(viewer)).to_have_text(SENTENCES[: len(PLAN_MS)])
        expect(lines(page)).to_have_text(SENTENCES[: len(PLAN_MS)])
        expect(page.get_by_text(f"{len(PLAN_MS)} captions are kept")).to_be_visible()


def test_a_page_loaded_again_goes_on_with_its_session_and_says_nothing_twice(
    scripted_site: Site,
    room: str,
    ada_talking: BrowserContext,
    reader: BrowserContext,
    complaints,
):
    viewer = complaints.watch(reader.new_page())
    viewer.goto(f"{scripted_site.url}/r/{room}/")
    page = host_page(ada_talking, scripted_site.url, room, complaints)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    expect(reference(page)).to_be_hidden()
    start(page)
    expect(reference(page)).to_have_text(re.compile(r"^Reference [2-9a-z]{8}$"))
    called = reference(page).inner_text()
    expect(lines(viewer).nth(1)).to_be_visible(timeout=SPOKEN_MS)
    page.reload()
    assert asked == ["beforeunload"], "who leaves the page on the air is asked"
    expect(page.get_by_text("Your session goes on.")).to_be_visible()
    expect(state(page)).to_have_text(OFF_THE_AIR)
    page.get_by_test_id("host-continue").click()
    expect(state(page)).to_have_text(ON_THE_AIR)
    expect(page.get_by_text("Your session goes on.")).to_be_hidden()
    expect(reference(page)).to_have_text(called)
    before = lines(viewer).count()
    expect(lines(viewer).nth(before + 1)).to_be_visible(timeout=SPOKEN_MS)
    stop(page)

    rows = people.stored(scripted_site.data_dir, room)
    assert len({row["session_id"] for row in rows}) == 1
    said = [row for row in rows if row["kind"] == "speech"]
    assert [row["text"] for row in said] == list(SENTENCES[: len(said)])
    ends_ms = [row["offset_ms"] + row["duration_ms"] for row in rows]
    assert all(row["offset_ms"] >= end_ms for row, end_ms in zip(rows[1:], ends_ms, strict=False)), rows
    ids = [str(row["id"]).replace("-", "") for row in rows]
    for watched in (viewer, page):
        expect(lines(watched)).to_have_count(len(rows))
        shown = lines(watched).evaluate_all("(all) => all.map((line) => line.dataset.segmentId)")
        assert [each.replace("-", "") for each in shown] == ids


# --- one at a time ---------------------------------------------------------------------------------


def test_a_second_tab_is_told_that_somebody_is_on_the_air_and_can_take_over(
    scripted_site: Site,
    room: str,
    talking_browser: Browser,
    ada_talking: BrowserContext,
    ada_state: Path,
    complaints,
):
    first = host_page(ada_talking, scripted_site.url, room, complaints)
    other_context = talking_browser.new_context(storage_state=ada_state, permissions=["microphone"])
    second = host_page(other_context, scripted_site.url, room, complaints)
    start(first)
    expect(lines(first)).not_to_have_count(0, timeout=SPOKEN_MS)

    second.get_by_test_id("host-start").click()
    expect(problem(second)).to_contain_text("Somebody else is on the air.")
    expect(problem(second)).to_contain_text(reference(second).inner_text())
    expect(state(second)).to_have_text(OFF_THE_AIR)
    expect(state(first)).to_have_text(ON_THE_AIR)
    second.get_by_test_id("host-take-over").click()
    expect(state(second)).to_have_text(ON_THE_AIR)
    expect(problem(first)).to_contain_text("Your session goes on elsewhere.")
    expect(state(first)).to_have_text(OFF_THE_AIR)
    expect(first.get_by_test_id("mic-level")).to_have_text("not listening")

    expect(first.get_by_role("button", name="Go on here")).to_be_visible()
    expect(lines(second)).not_to_have_count(0)
    stop(second)
    other_context.close()


def test_another_host_is_told_who_is_on_the_air(
    scripted_site: Site,
    room: str,
    ada: BrowserContext,
    ben: BrowserContext,
    talking_browser: Browser,
    complaints,
):
    url = scripted_site.url
    people.submit(ada, f"{url}/rooms/{room}/", to="people/add/", username="ben", role="host")
    context = talking_browser.new_context(storage_state=ben.storage_state(), permissions=["microphone"])
    with speaking(ada, url, room) as speaker:
        speaker.say()
        page = host_page(context, url, room, complaints)
        expect(page.get_by_text("owner is on the air in this room.")).to_be_visible()
        page.get_by_test_id("host-start").click()
        expect(problem(page)).to_contain_text("Somebody is already on the air in this room.")
        expect(page.get_by_test_id("host-take-over")).to_be_visible()
        expect(state(page)).to_have_text(OFF_THE_AIR)
        speaker.say()
    context.close()
    assert [row["text"] for row in speech(scripted_site, room)] == list(SENTENCES[:2])
