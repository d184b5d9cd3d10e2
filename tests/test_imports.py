"""Imports run from the edge inwards, never back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

WAITING = {"asyncio", "django", "channels", "websockets", "aiohttp", "httpx", "daphne"}
PURE = [
    "captions.errors",
    "captions.audio",
    "captions.characters",
    "captions.embed_codes",
    "captions.languages",
    "captions.live.arrears",
    "captions.live.groups",
    "captions.live.messages",
    "captions.live.sent",
    "captions.live.talk_messages",
    "captions.live.tts_messages",
    "captions.live.trace",
    "captions.origins",
    "captions.plaintext",
    "captions.sample_texts",
    "captions.slugs",
    "captions.spending",
    "captions.stt.events",
    "captions.stt.codec",
    "captions.stt.backoff",
    "captions.stt.breaker",
    "captions.relay.captions",
    "captions.relay.handover",
    "captions.relay.idle",
    "captions.relay.retries",
    "captions.relay.watchdog",
    "captions.relay.timeline",
    "captions.relay.ring",
    "captions.transcripts",
    "captions.tts.events",
    "captions.tts.options",
    "captions.tts.pieces",
    "captions.tts.provider",
    "captions.tts.providers",
    "captions.tts.recipe_texts",
    "captions.tts.recipes",
    "captions.tts.service",
    "captions.tts.speech",
    "captions.tts.sse",
    "captions.tts.ssml",
    "captions.tts.text",
    "captions.tts.vendors",
    "captions.tts.voice_config",
    "captions.tts.voices",
    "captions.tts.watch",
    "captions.tts.wav",
    "captions.tts.wire",
    "captions.tts.wires",
    "captions.upstream.address",
    "captions.upstream.faults",
    "captions.upstream.redaction",
    "captions.upstream.secret",
    "captions.upstream.voxnexus",
    "captions.words",
]
EDGE = (
    "captions.admin",
    "captions.apps",
    "captions.checks",
    "captions.conf",
    "captions.consumers",
    "captions.forms",
    "captions.live",
    "captions.management",
    "captions.routing",
    "captions.urls",
    "captions.views",
)
"""Modules that may know settings and the web; everything else is handed values."""


def modules() -> dict[str, Path]:
    """Every module of the app by its dotted name."""
    found = {}
    for path in sorted((ROOT / "captions").rglob("*.py")):
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join(parts)] = path
    return found


def imports_of(path: Path) -> set[str]:
    """Dotted names a module imports when it runs; what only types need does not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for child in ast.walk(node)
    }
    names = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return names


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of these packages or inside one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


MODULES = modules()


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, *PURE)])
def test_a_pure_module_knows_no_event_loop_and_no_framework(name):
    assert not {found for found in imports_of(MODULES[name]) if within(found, *WAITING)}


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, "captions.stt", "captions.relay")])
def test_the_relay_knows_no_django(name):
    allowed = ("captions.errors", "captions.audio", "captions.stt", "captions.relay", "captions.upstream")
    ours = {found for found in imports_of(MODULES[name]) if within(found, "captions", "voxweb")}
    assert not {found for found in ours if not within(found, *allowed) and found != "captions"}
    assert not {found for found in imports_of(MODULES[name]) if within(found, "django", "channels")}


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, "captions.stt")])
def test_the_codec_side_knows_no_relay(name):
    assert not {found for found in imports_of(MODULES[name]) if within(found, "captions.relay")}


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, "captions.tts")])
def test_what_speaks_knows_no_django_and_no_recogniser(name):
    allowed = ("captions.errors", "captions.tts", "captions.upstream", "captions.words")
    ours = {found for found in imports_of(MODULES[name]) if within(found, "captions", "voxweb")}
    assert not {found for found in ours if not within(found, *allowed) and found != "captions"}
    assert not {found for found in imports_of(MODULES[name]) if within(found, "django", "channels")}


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, "captions.speechserver")])
def test_the_local_speech_server_shares_nothing_with_the_app_but_errors_and_audio(name):
    ours = {found for found in imports_of(MODULES[name]) if within(found, "captions", "voxweb")}
    allowed = ("captions.errors", "captions.audio", "captions.speechserver")
    assert not {found for found in ours if not within(found, *allowed)}
    assert not {found for found in imports_of(MODULES[name]) if within(found, "django", "channels")}


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, "captions.live")])
def test_what_is_live_knows_no_socket_of_a_browser_and_no_page(name):
    outward = ("captions.consumers", "captions.views", "captions.routing")
    assert not {found for found in imports_of(MODULES[name]) if within(found, *outward)}


@pytest.mark.parametrize("name", [name for name in MODULES if not within(name, *EDGE)])
def test_only_the_edge_reads_settings(name):
    # Rows name the table of accounts, which Django keeps in a setting.
    names_accounts = within(name, "captions.models", "captions.migrations")
    reading = ("captions.conf",) if names_accounts else ("captions.conf", "django.conf")
    assert not {found for found in imports_of(MODULES[name]) if within(found, *reading)}


@pytest.mark.parametrize(
    "name",
    [name for name in MODULES if within(name, "captions.models", "captions.services", "captions.payloads")],
)
def test_models_and_services_know_no_socket_and_no_page(name):
    outward = ("captions.consumers", "captions.views", "captions.live", "channels")
    assert not {found for found in imports_of(MODULES[name]) if within(found, *outward)}
