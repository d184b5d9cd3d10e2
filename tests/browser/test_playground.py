"""Text to speech on its page: heard while it is made, as it was made, with every message shown."""

from __future__ import annotations

import json
import re
import wave
from array import array
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from captions.speechserver.speaking.encoding import ENCODINGS, Encoder
from captions.tts.providers import PROVIDERS
from tests.browser import people, sounds
from tests.browser.conftest import Site
from tests.browser.looks import complaints_of
from tests.browser.running import voxweb
from tests.browser.speeches import gives

TEXT = "The doors open at nine. Come early, there are few seats."
TAPPED = """
const connect = AudioNode.prototype.connect;
window.heard = [];
AudioNode.prototype.connect = function (to, ...rest) {
  if (to === this.context.destination) {
    const { captureWorklet } = document.querySelector("[data-capture-worklet]").dataset;
    this.context.audioWorklet.addModule(captureWorklet).then(() => {
      const tap = new AudioWorkletNode(this.context, "pcm-blocks", { numberOfOutputs: 0 });
      tap.port.onmessage = ({ data }) => window.heard.push(...data.samples);
      connect.call(this, tap);
    }).catch((error) => {
      // What has nothing to play is over before it is tapped.
      if (this.context.state !== "closed") throw error;
    });
  }
  return connect.call(this, to, ...rest);
};
"""
"""Keeps each sample that goes to the speakers, by what the audio thread itself hands over: none is missed."""


@pytest.fixture(scope="module")
def bench_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose voices speak tones of a known length, twice as fast as they sound."""
    data_dir = tmp_path_factory.mktemp("bench")
    settings = {"VOXWEB_ENGINE": "scripted", "VOXWEB_TTS_ENGINE": "tone", "EMU_TTS_PACE": "2"}
    with voxweb(data_dir, **settings) as (url, sign_in_link):
        yield Site(url, data_dir, sign_in_link)


@pytest.fixture(scope="module")
def signed_in(bench_site: Site, browser: Browser) -> dict:
    context = browser.new_context()
    context.request.get(bench_site.sign_in_link)
    people.make_account(context, bench_site.url, "ben")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def bench(bench_site: Site, signed_in: dict, browser: Browser, complaints) -> Iterator[Callable[..., Page]]:
    """The playground of somebody who may speak, its sound kept."""
    context = browser.new_context(storage_state=signed_in)
    context.add_init_script(TAPPED)

    def open_page(query: str = "", *, is_refused: bool = False) -> Page:
        """``is_refused``: what is checked here is no text to be spoken, which browsers write down."""
        page = complaints.watch(context.new_page(), console=not is_refused)
        page.goto(f"{bench_site.url}/playground/{query}")
        expect(page.get_by_test_id("playground-voices").get_by_role("radio").first).to_be_visible()
        return page

    yield open_page
    context.close()


def speak(page: Page, text: str = TEXT) -> None:
    page.get_by_test_id("playground-text").fill(text)
    page.get_by_test_id("playground-speak").click()


def state(page: Page):
    return page.get_by_test_id("playground-state")


WAYS = [(provider, way) for provider in PROVIDERS for way in PROVIDERS[provider].transports]


def choose(page: Page, provider: str, way: str) -> None:
    page.get_by_label("Provider").select_option(provider)
    expect(page.get_by_test_id("playground-voices").get_by_role("radio", checked=True)).to_have_count(1)
    page.get_by_label("Way").select_option(way)


@pytest.mark.parametrize(("provider", "way"), WAYS, ids=["-".join(each) for each in WAYS])
def test_a_text_is_heard_as_it_was_made(bench, provider, way):
    page = bench()
    choose(page, provider, way)
    speak(page)
    expect(state(page)).to_have_text("Spoken to its end.")
    with page.expect_download() as download:
        page.get_by_test_id("playground-download").click()
    with wave.open(str(download.value.path())) as file:
        assert (file.getframerate(), file.getnchannels()) == (24000, 1)
        made = array("h", file.readframes(file.getnframes()))
    assert abs(len(made) / 24 - 60 * len(TEXT)) < 150, "60 ms a character"
    heard = array("h", [round(sample * 32768) for sample in page.evaluate("() => window.heard")])
    first = next(at for at, sample in enumerate(heard) if sample)
    last = max(at for at, sample in enumerate(heard) if sample)
    heard = heard[first:last]
    assert len(heard) > 0.6 * len(made)
    assert heard.tobytes() in made.tobytes(), "no sample is missing, doubled or changed in between"


# One for each kind of wire: all of them are held to this in tests/captions/tts/test_matrix.py.
STREAMED = [("voxnexus", "websocket"), ("voicemaker", "rest"), ("vachana", "sse")]


@pytest.mark.parametrize(("provider", "way"), STREAMED, ids=["-".join(each) for each in STREAMED])
def test_sound_comes_while_the_rest_is_still_being_made(bench, provider, way):
    page = bench()
    choose(page, provider, way)
    speak(page, TEXT * 2)
    expect(state(page)).to_have_text("Spoken to its end.", timeout=30_000)
    shown = {
        name: float(page.locator(f"[data-timing={name}]").inner_text().split()[0])
        for name in ("connect_ms", "first_byte_ms", "first_sound_ms", "total_ms")
    }
    assert shown["connect_ms"] <= shown["first_byte_ms"] < shown["first_sound_ms"] < shown["total_ms"]
    assert float(page.get_by_test_id("playground-audio-ms").inner_text().split()[0]) > 6
    expect(page.locator("[data-timing=underruns]")).to_have_text("0")


def test_stop_is_silence_at_once_and_what_was_heard_stays(bench):
    page = bench()
    speak(page, TEXT * 20)
    expect(state(page)).to_have_text("Speaking.")
    page.keyboard.press("Escape")
    expect(state(page)).to_have_text("Stopped.")
    expect(page.get_by_test_id("playground-stop")).to_be_disabled()
    expect(page.get_by_test_id("playground-replay")).to_be_enabled()
    count = page.evaluate("() => window.heard.length")
    page.get_by_test_id("playground-text").press("End")
    assert page.evaluate("() => window.heard.length") - count < 4096


def test_every_message_is_shown_and_saved_without_the_key(bench):
    page = bench()
    speak(page)
    expect(state(page)).to_have_text("Spoken to its end.")
    wire = page.get_by_test_id("playground-wire")
    expect(wire).to_contain_text("sent")
    wire.locator("summary").nth(1).click()
    expect(wire.locator("pre").nth(1)).to_contain_text('"type": "init"')
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    saved = download.value.path().read_text(encoding="utf-8")
    assert {"in", "out"} == {message["direction"] for message in json.loads(saved)}
    assert "emu-key" not in saved + page.content()


def test_the_text_lights_up_as_it_is_spoken(bench):
    page = bench()
    speak(page)
    lit = page.get_by_test_id("playground-spoken").locator("mark")
    expect(lit).not_to_be_empty()
    expect(lit).to_have_text(TEXT)


def test_nothing_to_speak_and_too_much_say_what_to_do_and_lose_nothing(bench):
    page = bench(is_refused=True)
    page.get_by_test_id("playground-speak").click()
    expect(page.get_by_test_id("playground-error")).to_contain_text("Type a text first.")
    expect(page.get_by_test_id("playground-text")).to_be_focused()
    much = "word " * 25_000
    page.get_by_test_id("playground-text").evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }", much
    )
    page.get_by_test_id("playground-speak").click()
    expect(page.get_by_test_id("playground-error")).to_contain_text("Shorten it")
    assert page.get_by_test_id("playground-text").input_value() == much
    page.reload()
    expect(page.get_by_test_id("playground-text")).to_have_value(much)


def test_who_speaks_before_the_voices_are_there_speaks_with_one_of_them(bench):
    page = bench()
    held: list[Route] = []
    page.route("**/voices.json?provider=voicemaker", lambda route: held.append(route))
    page.get_by_test_id("playground-text").fill("Hi.")
    page.get_by_label("Provider").select_option("voicemaker")
    expect(page.get_by_test_id("playground-voices").get_by_role("radio")).to_have_count(0)
    page.get_by_test_id("playground-speak").click()
    held[0].continue_()
    expect(state(page)).to_have_text("Spoken to its end.")
    expect(page.get_by_test_id("playground-error")).to_be_empty()


def test_settings_are_those_that_the_choice_supports(bench):
    page = bench()
    choose(page, "voicemaker", "websocket")
    options = page.locator("[data-part=options]")
    expect(options.get_by_label("Stability")).to_have_count(0)
    page.get_by_role("radio", name="Mia").check()
    expect(options.get_by_label("Stability")).to_be_visible()
    expect(options.get_by_label("VoxFX: id of a preset")).to_have_count(0)
    page.get_by_label("Way").select_option("rest")
    expect(options.get_by_label("VoxFX: id of a preset")).to_be_visible()
    choose(page, "vachana", "sse")
    expect(options.get_by_label("Bit rate")).to_have_count(0)
    options.get_by_label("Format").select_option("mp3")
    expect(options.get_by_label("Bit rate")).to_be_visible()
    speak(page)
    expect(state(page)).to_have_text("Spoken to its end.")
    expect(page.get_by_test_id("playground-download")).to_have_attribute("download", "speech.mp3")
    assert float(page.get_by_test_id("playground-audio-ms").inner_text().split()[0]) * 1000 == pytest.approx(
        60 * len(TEXT), abs=300
    )


def test_tags_are_checked_while_they_are_typed_and_not_shown_while_they_are_spoken(bench):
    page = bench(is_refused=True)
    choose(page, "voicemaker", "websocket")
    page.get_by_label("The text has SSML tags").check()
    text = page.get_by_test_id("playground-text")
    text.fill("Good morning.\nCome <emphasis>early</emphasis & well.")
    check = page.get_by_test_id("playground-check")
    expect(check).to_contain_text("Line 2")
    page.get_by_test_id("playground-check-go").click()
    expect(text).to_be_focused()
    assert text.evaluate("(field) => field.selectionStart") > len("Good morning.")
    text.fill("Come <emphasis>early</emphasis>, Tom &amp; Ann.")
    expect(check).to_have_text("This can be spoken.")
    expect(page.get_by_test_id("playground-check-go")).to_be_hidden()
    page.get_by_test_id("playground-speak").click()
    expect(state(page)).to_have_text("Spoken to its end.")
    expect(page.get_by_test_id("playground-spoken").locator("mark")).to_have_text("Come early, Tom & Ann.")


def test_text_and_settings_are_copied_as_scripts_send_them(bench):
    page = bench()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_test_id("playground-text").fill("Take me along.")
    page.get_by_label("Speed").fill("1.5")
    page.get_by_test_id("playground-copy").click()
    expect(state(page)).to_contain_text("copied")
    text = page.get_by_test_id("playground-text")
    text.fill("")
    text.press("Control+V")
    copied = json.loads(text.input_value())
    assert (copied["provider"], copied["text"]) == ("voxnexus", "Take me along.")
    assert copied["options"]["speed"] == 1.5


def test_a_try_has_a_name_and_keeps_its_sound(bench):
    page = bench()
    page.get_by_label("Keep the sound with what I tried").check()
    speak(page, "A text to come back to.")
    expect(state(page)).to_have_text("Spoken to its end.")
    newest = page.get_by_test_id("playground-tries").locator("li").first
    expect(newest).to_contain_text("A text to come back to.")
    newest.get_by_role("button", name="Name: A text").click()
    page.keyboard.type("The slow one")
    page.keyboard.press("Enter")
    expect(newest).to_contain_text("The slow one")
    expect(newest.get_by_role("button", name="Name: The slow one")).to_be_focused()
    page.reload()
    expect(newest).to_contain_text("The slow one")
    kept = page.request.get(page.url + newest.locator("audio").get_attribute("src"))
    assert kept.headers["content-type"] == "audio/wav"
    assert len(kept.body()) / 48 == pytest.approx(60 * len("A text to come back to."), abs=150)


def test_a_try_is_kept_and_taken_up_again(bench):
    page = bench()
    page.get_by_label("Speed").fill("1.5")
    speak(page, "A try to come back to.")
    expect(state(page)).to_have_text("Spoken to its end.")
    again = bench()
    expect(again.get_by_label("Speed")).to_have_value("1.5")
    again.get_by_role("button", name="As they are by themselves").click()
    expect(again.get_by_label("Speed")).to_have_value("1")
    again.get_by_test_id("playground-tries").get_by_role("button").first.click()
    expect(again.get_by_test_id("playground-text")).to_have_value("A try to come back to.")
    expect(again.get_by_label("Speed")).to_have_value("1.5")


def test_a_try_is_shared_by_a_link_that_spends_nothing_and_can_be_deleted(bench):
    page = bench()
    speak(page, "For others, too.")
    expect(state(page)).to_have_text("Spoken to its end.")
    row = page.get_by_test_id("playground-tries").get_by_role("listitem").filter(has_text="For others, too.")
    with page.expect_response("**/share/") as shared:
        row.get_by_role("button", name="Share").click()
    other = bench(f"?try={shared.value.json()['id']}")
    expect(other.get_by_test_id("playground-text")).to_have_value("For others, too.")
    expect(other.get_by_test_id("playground-wire").get_by_role("listitem")).to_have_count(0)
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def heard_s(page: Page) -> float:
    """How long what is played now sounds, up to its end; its first part, before it was tapped, left out."""
    expect(page.get_by_test_id("playground-stop")).to_be_disabled()
    sounding = [at for at, sample in enumerate(page.evaluate("() => window.heard")) if sample]
    return (sounding[-1] - sounding[0]) / 24000 if sounding else 0


def spoken_whole(page: Page) -> Locator:
    """A speech that was heard to its end, and the slider over it."""
    speak(page)
    expect(state(page)).to_have_text("Spoken to its end.")
    slider = page.get_by_role("slider", name="Place to play from")
    expect(slider).to_have_attribute("aria-valuenow", str(slider.get_attribute("aria-valuemax")))
    page.evaluate("() => { window.heard = []; }")
    return slider


def test_before_there_is_sound_the_waveform_is_an_image(bench):
    page = bench()
    expect(page.get_by_role("img", name="Waveform")).to_be_visible()
    expect(page.get_by_role("slider", name="Place to play from")).to_have_count(0)


@pytest.mark.parametrize(("keys", "left_s"), [(["ArrowLeft", "ArrowLeft"], 2), (["Home", "ArrowRight"], -1)])
def test_what_was_heard_is_played_from_any_place_by_keys(bench, keys, left_s):
    page = bench()
    slider = spoken_whole(page)
    length_s = float(slider.get_attribute("aria-valuemax"))
    left_s = left_s if left_s > 0 else length_s + left_s
    slider.focus()
    for key in keys:
        page.keyboard.down(key)
    assert float(slider.get_attribute("aria-valuenow")) == pytest.approx(length_s - left_s, abs=0.11)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^\d\.\d of \d\.\d seconds$"))
    expect(page.get_by_test_id("playground-stop")).to_be_disabled()
    for key in keys:
        page.keyboard.up(key)
    assert 0 < heard_s(page) < left_s + 0.1
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuenow", str(slider.get_attribute("aria-valuemax")))
    assert complaints_of(page) == []


def test_at_the_end_of_what_was_heard_there_is_nothing_to_play(bench):
    page = bench()
    slider = spoken_whole(page)
    slider.press("End")
    expect(page.get_by_test_id("playground-stop")).to_be_disabled()
    assert not any(page.evaluate("() => window.heard"))


@pytest.mark.parametrize("dragged_from", [None, 0.1])
def test_what_was_heard_is_played_from_any_place_by_pointer(bench, dragged_from):
    page = bench()
    slider = spoken_whole(page)
    length_s = float(slider.get_attribute("aria-valuemax"))
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    if dragged_from is not None:
        page.mouse.move(box["x"] + dragged_from * box["width"], y)
        page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], y)
    if dragged_from is None:
        page.mouse.down()
    assert float(slider.get_attribute("aria-valuenow")) == pytest.approx(0.6 * length_s, abs=0.1)
    expect(page.get_by_test_id("playground-stop")).to_be_disabled()
    page.mouse.up()
    assert 0 < heard_s(page) < 0.4 * length_s + 0.1


@pytest.mark.parametrize(
    ("encoding", "rate_hz", "file_name"),
    [
        ("mp3", 24000, "speech.mp3"),
        ("opus", 24000, "speech.ogg"),
        ("mulaw", 8000, "speech.wav"),
        ("alaw", 8000, "speech.wav"),
    ],
)
def test_another_format_is_heard_and_kept_as_it_came(bench, encoding, rate_hz, file_name):
    encoder = Encoder(ENCODINGS[encoding], rate_hz)
    audio = encoder.feed(sounds.tone(1000 * rate_hz // 16000)) + encoder.end()
    page = bench()
    gives(page, ENCODINGS[encoding].media_type, rate_hz, audio)
    speak(page)
    expect(state(page)).to_have_text("Spoken to its end.")
    page.wait_for_function("() => window.heard.some((sample) => Math.abs(sample) > 0.05)")
    expect(page.get_by_test_id("playground-spoken").locator("mark")).to_have_text(TEXT)
    link = page.get_by_test_id("playground-download")
    expect(link).to_have_text(f"Download as {file_name[-3:].upper()}")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == file_name
    if not file_name.endswith("wav"):
        assert download.value.path().read_bytes() == audio


def test_a_format_that_the_browser_cannot_read_is_still_a_file(bench):
    page = bench()
    gives(page, "audio/x-odd", 24000, b"no sound of this world")
    speak(page)
    expect(page.get_by_test_id("playground-error")).to_contain_text("Download it instead.")
    with page.expect_download() as download:
        page.get_by_test_id("playground-download").click()
    assert download.value.suggested_filename == "speech.odd"
    assert download.value.path().read_bytes() == b"no sound of this world"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_voice_is_heard_before_it_is_chosen(bench, provider):
    page = bench()
    choose(page, provider, "websocket")
    voices = page.get_by_test_id("playground-voices").get_by_role("listitem")
    with page.expect_response("**/sample/**") as sample:
        voices.nth(1).get_by_role("button", name="Hear").click()
    assert sample.value.status in (200, 206)
    assert sample.value.headers["content-type"] == "audio/wav"
    page.get_by_label("Hear a voice as soon as I point at it").check()
    with page.expect_response("**/sample/**"):
        voices.nth(2).get_by_role("radio").focus()


def test_four_voices_of_three_providers_speak_side_by_side(bench):
    page = bench()
    page.get_by_test_id("playground-text").fill(TEXT)
    for provider, number in (("voxnexus", 0), ("voxnexus", 1), ("voicemaker", 2), ("vachana", 3)):
        choose(page, provider, "websocket")
        page.get_by_test_id("playground-voices").get_by_role("radio").nth(number).check()
        page.get_by_test_id("playground-add").click()
    expect(page.get_by_test_id("playground-add")).to_be_disabled()
    page.get_by_test_id("playground-compare").click()
    expect(page.get_by_test_id("playground-compared")).to_contain_text("All have spoken.", timeout=30_000)
    rows = page.get_by_test_id("playground-results").locator("tbody tr")
    expect(rows).to_have_count(4)
    for row in rows.all():
        assert (
            abs(float(row.locator("[data-figure=audio_ms]").inner_text().split()[0]) - 60 * len(TEXT)) < 150
        )
    assert not any(page.evaluate("() => window.heard")), "nothing sounds unasked"
    rows.nth(2).get_by_role("button").click()
    page.wait_for_function("() => window.heard.some((sample) => sample)")
    assert complaints_of(page) == []


def test_a_blind_vote_tells_who_it_was_only_afterwards(bench):
    page = bench()
    page.get_by_test_id("playground-text").fill("Hear both.")
    voices = page.get_by_test_id("playground-voices").get_by_role("radio")
    names = [voices.nth(number).get_attribute("value") for number in (0, 1)]
    for number in (0, 1):
        voices.nth(number).check()
        page.get_by_test_id("playground-add").click()
    page.get_by_label("Hide which is which").check()
    page.get_by_test_id("playground-compare").click()
    expect(page.get_by_test_id("playground-results").locator("tbody th")).to_have_text(["A", "B"])
    page.get_by_test_id("playground-vote").get_by_role("button", name="A is better").click()
    told = page.get_by_test_id("playground-compared")
    expect(told).to_contain_text("Thank you. A was")
    assert all(name in told.inner_text() for name in names)


def test_it_works_by_keyboard_alone(bench):
    page = bench()
    page.get_by_test_id("playground-text").focus()
    page.keyboard.type("Hello there.")
    page.keyboard.press("Control+Enter")
    expect(state(page)).to_have_text("Spoken to its end.")
    page.get_by_test_id("playground-replay").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(state(page)).to_have_text("Stopped.")


def test_nothing_is_wrong_with_the_page_in_any_look(bench):
    page = bench()
    speak(page)
    expect(state(page)).to_have_text("Spoken to its end.")
    assert complaints_of(page) == []


def test_who_may_not_speak_reads_whom_to_ask(bench_site: Site, signed_in: dict, browser: Browser, complaints):
    context: BrowserContext = browser.new_context()
    people.sign_in(context, bench_site.url, "ben")
    page = complaints.watch(context.new_page())
    page.goto(f"{bench_site.url}/playground/")
    expect(page.get_by_test_id("playground-refusal")).to_contain_text("Whoever runs this site can allow it.")
    expect(page.get_by_test_id("playground-speak")).to_have_count(0)
    assert complaints_of(page) == []
    context.close()


def test_the_request_is_written_as_a_program(bench):
    page = bench()
    page.get_by_test_id("playground-text").fill("It's \"nine\" o'clock.")
    page.get_by_test_id("playground-recipe").click()
    program = page.get_by_test_id("playground-program")
    expect(program).to_contain_text("websockets.sync.client")
    expect(program).to_contain_text("wss://api.voxnexus.ai/v1/tts/realtime")
    compile(program.inner_text(), "speech.py", "exec")
    page.get_by_label("Language of the program").select_option("curl")
    expect(program).to_contain_text("Choose another language or way.")
