"""What people run, as they run it: `manage.py serve`, and Chromium with a voice in its microphone."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, ConsoleMessage, Page, expect

from tests.browser import people, sounds
from tests.browser.running import voxweb
from tests.find_browser import find

ROOT = Path(__file__).resolve().parent.parent.parent
RECORDINGS = ROOT / "tests/recordings"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A page that reaches for somebody else's server fails at once, and is seen to.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.*, EXCLUDE ::1",
    "--use-fake-device-for-media-stream",
]

# What comes at all comes at once, except on a machine that has much else to do.
expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find() is None and os.environ.get("VOXWEB_REQUIRE_BROWSER") != "1":
        skip = pytest.mark.skip(reason="no Chromium: set VOXWEB_CHROMIUM to its path")
        for item in items:
            item.add_marker(skip)


@dataclass(frozen=True)
class Site:
    """A running voxweb: its address, its data folder, and the link its owner signs in by."""

    url: str
    data_dir: Path
    sign_in_link: str


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`make run` without the make: everything of a fresh machine, with real recognition."""
    data_dir = tmp_path_factory.mktemp("voxweb")
    with voxweb(data_dir) as (url, sign_in_link):
        yield Site(url, data_dir, sign_in_link)


def spoken(*names: str, pause_s: float = 1.5) -> bytes:
    """A WAV of recordings one after the other, with pauses before, between and after."""
    quiet = sounds.silence(int(1000 * pause_s))
    pcm = bytearray(quiet)
    for name in names:
        with wave.open(str(RECORDINGS / name)) as recording:
            pcm += recording.readframes(recording.getnframes()) + quiet
    return sounds.wav(bytes(pcm))


@pytest.fixture
def browser_with_voice(browser_type: BrowserType, tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """A Chromium whose microphone says some recordings, once, from the moment it is opened."""
    browsers = []

    def launch(*names: str, pause_s: float = 1.5) -> Browser:
        voice = tmp_path / "voice.wav"
        voice.write_bytes(spoken(*names, pause_s=pause_s))
        flags = [
            *FLAGS,
            f"--use-file-for-fake-audio-capture={voice}%noloop",
            "--use-fake-ui-for-media-stream",
        ]
        browsers.append(browser_type.launch(executable_path=find(), args=flags))
        return browsers[-1]

    yield launch
    for browser in browsers:
        browser.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return {**browser_type_launch_args, "executable_path": find(), "args": FLAGS}


class Complaints(list[str]):
    """What pages complained of: errors in their console and exceptions nobody caught."""

    def watch(self, page: Page, *, console: bool = True) -> Page:
        """``console=False`` where the network is cut: the console says so, and is right."""
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error.stack}"))
        if console:
            page.on("console", self._console)
        return page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.append(f"{message.location.get('url')}: {message.text}")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """No page of ours may complain while a test uses it."""
    found = Complaints()
    yield found
    assert not found


@pytest.fixture(scope="session")
def owner_state(site: Site, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The owner's signed-in state, got by the one-time link; kept for every context that needs it."""
    kept = tmp_path_factory.mktemp("state") / "owner.json"
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.sign_in_link)
    context.storage_state(path=kept)
    context.close()
    return kept


@pytest.fixture
def owner(browser: Browser, owner_state: Path) -> Iterator[BrowserContext]:
    """A context in which the owner is signed in."""
    context = browser.new_context(storage_state=owner_state)
    yield context
    context.close()


# --- a site whose engine says what a script says: quick, and the same every time -------------------

SENTENCES = (
    "Good evening, and welcome to the third of our lectures.",
    "Tonight we ask how a bridge knows where to send its weight.",
    "The cables carry the road, and the towers carry the cables.",
    "Nobody had built anything like it when it was opened in 1883.",
    "For twenty years it was the longest bridge of its kind.",
    "The wire was spun in place, one strand after the other.",
    "That is why the cables are not straight.",
    "There is time for questions after the break.",
)
"""What the scripted engine says first, in each session anew."""
HOSTILE = (
    "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script> & </p><b>bold</b>",
    "مرحبا بكم في المحاضرة الثالثة، شكرا لحضوركم \u202e gnorw",
    "👩🏽‍🔬🎻🇪🇺 ‮ ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘ {{ 7*7 }} %s",
    "x" * 5000,
)
"""What it says then: text that would be something else, or would go beyond its place."""


@pytest.fixture(scope="session")
def scripted_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As ``site``, with an engine that takes tones for the sentences of a script."""
    data_dir = tmp_path_factory.mktemp("scripted")
    (data_dir / "script.txt").write_text("\n".join(SENTENCES + HOSTILE), encoding="utf-8")
    settings = {"VOXWEB_ENGINE": "scripted", "VOXWEB_ENGINE_MODEL_DIR": str(data_dir)}
    with voxweb(data_dir, **settings) as (url, sign_in_link):
        yield Site(url, data_dir, sign_in_link)


@pytest.fixture(scope="session")
def ada_state(scripted_site: Site, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The signed-in state of the scripted site's owner, who also made Ben's account."""
    kept = tmp_path_factory.mktemp("state") / "ada.json"
    context = browser.new_context()
    context.request.get(scripted_site.sign_in_link)
    people.make_account(context, scripted_site.url, "ben")
    context.storage_state(path=kept)
    context.close()
    return kept


@pytest.fixture
def ada(browser: Browser, ada_state: Path) -> Iterator[BrowserContext]:
    """A context in which the owner of the scripted site is signed in."""
    context = browser.new_context(storage_state=ada_state)
    yield context
    context.close()


@pytest.fixture
def ben(browser: Browser, scripted_site: Site, ada_state: Path) -> Iterator[BrowserContext]:
    """A context in which somebody else is signed in."""
    context = browser.new_context()
    people.sign_in(context, scripted_site.url, "ben")
    yield context
    context.close()


@pytest.fixture
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """A context in which nobody is signed in."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(scope="session")
def talking_browser(browser_type: BrowserType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose microphone, where a context may use it, says one sentence after the other."""
    voice = tmp_path_factory.mktemp("voice") / "voice.wav"
    voice.write_bytes(sounds.wav(sounds.sentence(900)))
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
    browser = browser_type.launch(executable_path=find(), args=flags)
    yield browser
    browser.close()


@pytest.fixture
def ada_talking(talking_browser: Browser, ada_state: Path) -> Iterator[BrowserContext]:
    """The owner of the scripted site, with a microphone that may be used."""
    context = talking_browser.new_context(storage_state=ada_state, permissions=["microphone"])
    yield context
    context.close()
