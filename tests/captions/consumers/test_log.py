"""What an operator finds in the log of a real server, set up as in production."""

from __future__ import annotations

import json

import pytest
from websockets.asyncio.client import connect

from tests.captions.browsers import host_of, viewer_of
from tests.captions.daphne import daphne
from tests.speech import position_pcm, silence_pcm

pytestmark = [pytest.mark.django_db(transaction=True)]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
TRACE = "7f3k2mxy"


def production(speech_url: str) -> dict[str, str]:
    """The environment of a server without anything of the tests but where its neighbours are."""
    return {
        "DJANGO_SETTINGS_MODULE": "voxweb.settings",
        "VOXNEXUS_WS_URL": speech_url,
        "VOXWEB_DEBUG": "0",
        "VOXWEB_LOG_LEVEL": "DEBUG",
        "PYTHONWARNINGS": "",
    }


def lines_of(written: str) -> list[dict]:
    """Every line that was written, each of them JSON."""
    return [json.loads(line) for line in written.splitlines()]


def named(lines: list[dict], event: str) -> dict:
    (line,) = (line for line in lines if line["event"] == event)
    return line


async def test_one_trace_leads_from_the_browser_to_the_speech_service_and_off_the_air(
    speech, room, ada_cookie
):
    async with daphne(environ=production(speech.url)) as site:
        async with site.socket(VIEWER) as viewer, site.socket(HOST, cookie=ada_cookie) as host:
            await viewer.hear("hello")
            await host.say("start", trace=TRACE)
            ready = await host.hear("ready")
            assert ready["trace"] == TRACE
            sent = await host.send_audio(position_pcm(0, 5) + silence_pcm(800))
            await viewer.hear("final")
            speech.drop_all()
            while (await host.hear("status"))["upstream"] != "lost":
                pass
            while (await host.hear("status"))["upstream"] != "live":
                pass
            await host.send_audio(position_pcm(5, 5) + silence_pcm(800), first_sample=sent)
            await host.say("stop")
            await host.hear("stopped")
        await site.end()
    lines = lines_of(site.written)
    traced = [line for line in lines if line.get("trace") == TRACE]
    events = [line["event"] for line in traced]
    upstream = [event for event in events if event.startswith("upstream_")]
    assert upstream == ["upstream_live", "upstream_lost", "upstream_live"]
    assert {"on_air", "relay_ended", "off_air", "host_closed"} <= set(events)
    for line in traced:
        assert (line["session"], line["room"]) == (ready["session"], room.pk), line
    asked = [line["request_id"] for line in traced if line["event"] == "upstream_live"]
    assert asked == ["req_emu_000001", "req_emu_000002"], "what the speech service calls them"
    assert [line["request_id"] for line in traced if line["event"] == "upstream_lost"] == asked[:1]
    # The host's socket has a name of its own; what the session goes on to do after it has not.
    opened, closed = named(lines, "host_opened"), named(lines, "host_closed")
    assert opened["request"] == closed["request"]
    assert (closed["reason"], closed["chunks"], closed["audio_s"]) == ("left", 36, 3.6)
    assert all("request" not in line for line in traced if line["logger"].startswith("captions.relay"))
    left = named(lines, "room_left")
    assert (left["joined"], left["most_at_once"]) == (2, 2)
    # Neither what was said nor who was let in.
    for word in ("w0", ada_cookie.partition("=")[2], "emu-key", "?after", "sessionid"):
        assert word not in site.written, word


async def test_a_refused_host_is_found_by_the_name_its_proxy_gave(speech, room, cleo_cookie):
    async with daphne(environ=production(speech.url)) as site:
        async with connect(
            f"ws://127.0.0.1:{site.port}{HOST}",
            origin=site.origin,
            additional_headers={"Cookie": cleo_cookie, "X-Request-ID": "edge-4711"},
            proxy=None,
        ) as line:
            await line.wait_closed()
        await site.end()
    closed = named(lines_of(site.written), "host_closed")
    assert (closed["request"], closed["reason"]) == ("edge-4711", "room.not_allowed")
    assert "trace" not in closed


async def test_a_trace_is_made_for_a_program_that_gives_none(speech, room, ada_cookie):
    async with daphne(environ=production(speech.url)) as site:
        async with site.socket(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            trace = (await host.hear("ready"))["trace"]
            await host.say("stop")
            await host.hear("stopped")
        await site.end()
    assert named(lines_of(site.written), "off_air")["trace"] == trace


async def test_whoever_goes_on_with_a_session_gives_it_their_trace(speech, room, ada_cookie):
    async with daphne(environ=production(speech.url)) as site:
        async with (
            site.socket(HOST, cookie=ada_cookie) as first,
            site.socket(HOST, cookie=ada_cookie) as second,
        ):
            await first.say("start", trace="first-tab")
            session = (await first.hear("ready"))["session"]
            await second.say("start", session=session, trace="second-tab")
            assert (await second.hear("ready"))["trace"] == "second-tab"
            assert await first.closed() == 4408
            await second.say("stop")
            await second.hear("stopped")
        await site.end()
    lines = lines_of(site.written)
    assert [line["trace"] for line in lines if line["event"] == "on_air"] == ["first-tab", "second-tab"]
    assert named(lines, "off_air")["trace"] == "second-tab"
    assert named(lines, "relay_ended")["trace"] == "second-tab", "also where its task is older"
