"""voxweb as a server runs it: debugging off, hashed static files, daphne as the README says."""

from __future__ import annotations

import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import people
from tests.browser.conftest import SENTENCES, Complaints
from tests.browser.policy import watched
from tests.browser.running import ROOT, environment, running

STARTED_S = 30.0
REFERENCE = re.compile(r"""(?:\bfrom|\bimport|url\()\s*["']?(\.[^"'()\s]+)["')]""")
"""What a script imports and a style sheet draws, relative to it."""
WORKLET = "audio/pcm-worklet"
HASHED = re.compile(r"/static/[\w./-]+\.[0-9a-f]{12}\.\w+$")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address: a database made by ``migrate``, an owner by ``createsuperuser``, and daphne."""
    data_dir = tmp_path_factory.mktemp("production")
    (data_dir / "script.txt").write_text("\n".join(SENTENCES), encoding="utf-8")
    bare = environment(data_dir)
    command = ["manage.py", "speechserver", "--port", "0"]
    engine = {"VOXWEB_ENGINE": "scripted", "VOXWEB_ENGINE_MODEL_DIR": str(data_dir)}
    secret = {"VOXWEB_SECRET_KEY": secrets.token_urlsafe(50)}
    with running(command, until="ready on", env=bare | engine | secret, log=data_dir / "speech.log") as (
        lines,
        _,
    ):
        speech_port = lines[-1].split()[4].rsplit(":", 1)[1]
        settings = secret | {
            "VOXWEB_DEBUG": "0",
            "VOXWEB_HTTPS": "0",
            "VOXWEB_SPEECH_PORT": speech_port,
            "DJANGO_SUPERUSER_PASSWORD": people.PASSWORD,
        }
        env = bare | settings
        for step in (
            ["migrate", "--verbosity", "0"],
            ["createsuperuser", "--noinput", "--username", "ada", "--email", ""],
        ):
            subprocess.run([sys.executable, "manage.py", *step], cwd=ROOT, env=env, check=True, timeout=60)
        with daphne(env, data_dir / "daphne.log") as url:
            yield url


@contextmanager
def daphne(env: dict[str, str], log: Path) -> Iterator[str]:
    """The README's command, on a free port of this machine; its address, once it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).parent / "daphne"),
        *("-e", f"tcp:port={port}:interface=127.0.0.1:backlog=4096"),
        *("--websocket_timeout", "-1", "voxweb.asgi:application"),
    ]
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=said, stderr=said)
        try:
            if not is_ready(port, process):
                pytest.fail(f"daphne did not start:\n{log.read_text()}")
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            try:
                process.wait(15)
            finally:
                process.kill()


def is_ready(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether it says so before it ends or has had its time."""
    give_up_at_s = time.monotonic() + STARTED_S
    while time.monotonic() < give_up_at_s and process.poll() is None:
        asking = HTTPConnection("localhost", port, timeout=STARTED_S)
        try:
            asking.request("GET", "/readyz")
            if asking.getresponse().status == 200:
                return True
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            asking.close()
    return False


@pytest.fixture
def signed_in(production: str, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    people.sign_in(context, production, "ada")
    yield context
    context.close()


def loaded(page: Page) -> list[str]:
    """Paths of everything that a page has loaded of ours, all of it found and under a hashed name."""
    entries = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .map(({ name, responseStatus }) => [new URL(name).pathname, responseStatus])"""
    )
    statics = [path for path, _ in entries if path.startswith("/static/")]
    assert statics
    assert [entry for entry in entries if entry[1] >= 400] == []
    assert [path for path in statics if not HASHED.search(path)] == []
    return statics


def modules(page: Page) -> set[str]:
    """Names of the modules that a page has loaded, without their hashes."""
    found = (re.fullmatch(r"/static/js/(.+)\.[0-9a-f]{12}\.js", path) for path in loaded(page))
    return {match[1] for match in found if match}


def imports_of(name: str) -> set[str]:
    """Everything a module of ours imports, however far away, itself among them."""
    scripts = ROOT / "static/js"
    found: set[str] = set()
    waiting = [scripts / f"{name}.js"]
    while waiting:
        script = waiting.pop()
        named = str(script.relative_to(scripts).with_suffix(""))
        if named not in found:
            found.add(named)
            imported = re.findall(
                r'^(?:import|\} from|export .* from).*"(\.[^"]+)";', script.read_text(), re.M
            )
            waiting += [(script.parent / each).resolve() for each in imported]
    return found


def test_pages_for_everyone_load_hashed_files_and_do_not_complain(
    production: str, browser: Browser, complaints: Complaints
):
    context = browser.new_context()
    for path in ("/", "/accounts/login/"):
        page = complaints.watch(context.new_page())
        page.goto(production + path)
        assert loaded(page)
    context.close()


def test_a_caption_goes_from_the_host_page_to_the_viewer_page(
    production: str,
    signed_in: BrowserContext,
    talking_browser: Browser,
    browser: Browser,
    complaints: Complaints,
):
    room = people.make_room(signed_in, production, "In production")
    anybody = browser.new_context()
    viewer = complaints.watch(anybody.new_page())
    viewer.goto(f"{production}/r/{room}/")
    expect(viewer.get_by_test_id("viewer-state")).to_have_text("Connected. Nobody is on the air.")

    context = talking_browser.new_context(storage_state=signed_in.storage_state(), permissions=["microphone"])
    host = complaints.watch(context.new_page())
    host.goto(f"{production}/rooms/{room}/host/")
    host.get_by_test_id("host-start").click()
    expect(host.get_by_test_id("host-state")).to_have_text("On the air")
    expect(viewer.get_by_test_id("caption-segment").first).to_have_text(SENTENCES[0], timeout=15_000)
    host.get_by_test_id("host-stop").click()
    expect(host.get_by_test_id("host-state")).to_have_text("Off the air", timeout=15_000)

    assert modules(viewer) == imports_of("pages/viewer")
    # The worklet is no import: its address comes with the page.
    assert modules(host) - {WORKLET} == imports_of("pages/host") - {WORKLET}
    worklet = host.locator("[data-host]").get_attribute("data-worklet-url")
    assert worklet is not None
    assert re.fullmatch(rf"/static/js/{WORKLET}\.[0-9a-f]{{12}}\.js", worklet)
    anybody.close()
    context.close()


def test_every_script_and_style_has_its_hashed_name_in_what_refers_to_it(
    production: str, signed_in: BrowserContext
):
    """Also those that no page loads at once: followed through imports and style sheets."""
    room = people.make_room(signed_in, production, "Links")
    waiting = []
    for path in ("/", f"/rooms/{room}/", f"/rooms/{room}/host/", f"/r/{room}/"):
        text = signed_in.request.get(production + path).text()
        waiting += re.findall(r'(?:src|href|data-worklet-url)="(/static/[^"]+)"', text)
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = signed_in.request.get(production + address)
        assert answer.ok, f"{address}: {answer.status}"
        assert HASHED.search(address), address
        # For ever, because another content has another name.
        assert "immutable" in answer.headers["cache-control"], address
        if address.endswith((".js", ".css")):
            inner = REFERENCE.findall(answer.text())
            waiting += [urlsplit(urljoin(production + address, each)).path for each in inner]
    assert {name for name in seen if name.endswith(".js")}


def test_what_is_not_there_is_said_without_details(production: str, browser: Browser):
    context = browser.new_context()
    page = context.new_page()
    answer = page.goto(f"{production}/no/such/page/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    assert "urlconf" not in page.content().lower()
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    context.close()


def test_a_form_from_somebody_elses_page_changes_nothing(production: str, signed_in: BrowserContext):
    answer = signed_in.request.post(
        f"{production}/rooms/new/",
        form={"title": "Not mine", "language": "en-US"},
        headers={"Origin": "http://evil.example"},
    )
    assert answer.status == 403
    assert "Nothing was changed" in answer.text()
    assert "Not mine" not in signed_in.request.get(f"{production}/rooms/").text()


def test_error_pages_keep_the_policy_of_the_site(production: str, browser: Browser) -> None:
    context = browser.new_context()
    page, broken = watched(context)
    for path, heading in (
        ("/nowhere", "There is nothing here"),
        ("/r/no-such-room/", "No such room"),
        ("/sessions/x/", "There is nothing here"),
    ):
        page.goto(production + path)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert broken == []
    context.close()
