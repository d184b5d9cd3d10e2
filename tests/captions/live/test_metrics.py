"""Each figure moves when its thing happens: real sockets, a scripted speech server."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.db import OperationalError
from django.test import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

from captions import database
from captions.live import hub as hub_module
from captions.live import lag, onair
from captions.live.broadcast import tell_room
from captions.live.hub import RoomHub
from captions.live.metrics import exposition, registry
from captions.live.outbox import Outbox, Outgoing
from captions.live.wire import RoomEvent
from captions.models import Room
from captions.relay.counts import Times
from tests.captions.browsers import browser, host_of, send_all, viewer_of
from tests.captions.making import segment_row, session_row
from tests.speech import position_pcm, silence_pcm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

ROOT = Path(__file__).resolve().parent.parent.parent.parent
HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
SENTENCE = position_pcm(0, 5) + silence_pcm(800)
ask = sync_to_async


def figures() -> dict[str, float]:
    """All that a scrape says, by ``name{label="value"}``, in the text format that is read back."""
    text, _ = exposition("")
    return {
        sample.name + "".join(f'{{{name}="{value}"}}' for name, value in sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


class Moves:
    """How far figures have moved since it was made."""

    def __init__(self) -> None:
        self.before = figures()

    def __getitem__(self, name: str) -> float:
        return round(figures()[name] - self.before[name], 6)


@pytest.fixture
def moved():
    return Moves()


async def until(happened) -> None:
    """Wait until something is so; nobody tells when."""
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class EventStream:
    """A browser's ``EventSource``, straight on the ASGI application; it leaves at the end."""

    def __init__(self, slug: str) -> None:
        scope = {"type": "http", "method": "GET", "path": f"/r/{slug}/events", "query_string": b""}
        headers = [(b"host", b"testserver")]
        self.line = ApplicationCommunicator(get_asgi_application(), {**scope, "headers": headers})

    async def __aenter__(self) -> ApplicationCommunicator:
        await self.line.send_input({"type": "http.request", "body": b""})
        return self.line

    async def __aexit__(self, *exc: object) -> None:
        await self.line.send_input({"type": "http.disconnect"})
        await self.line.wait(10)


async def go_on_the_air(host) -> None:
    await host.say("start")
    await host.hear("ready")


async def stop(host) -> None:
    await host.say("stop")
    await host.hear("stopped")


# --- who and what is there ---


async def test_who_is_connected_is_counted_while_they_are(speech, room, ada_cookie, moved):
    async with browser(VIEWER) as viewer, browser(VIEWER), browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await go_on_the_air(host)
        await send_all(host, SENTENCE)
        await viewer.hear("final")
        assert moved["voxweb_rooms"] == 1
        assert moved['voxweb_connections{kind="viewer"}'] == 2
        assert moved['voxweb_connections{kind="host"}'] == 1
        assert moved['voxweb_sessions{upstream="live"}'] == 1
        assert moved["voxweb_upstream_connections"] == 1
        await stop(host)
    for name in (
        "voxweb_rooms",
        'voxweb_connections{kind="viewer"}',
        'voxweb_connections{kind="host"}',
        'voxweb_sessions{upstream="live"}',
        "voxweb_upstream_connections",
    ):
        assert moved[name] == 0, name
    assert moved['voxweb_connections_opened_total{kind="viewer"}'] == 2


async def test_an_event_stream_is_a_connection_of_its_own_kind(room, moved):
    async with EventStream(room.slug) as line:
        while b"event: hello" not in (await line.receive_output(10)).get("body", b""):
            pass
        assert moved['voxweb_connections{kind="stream"}'] == 1
    await until(lambda: moved['voxweb_connections{kind="stream"}'] == 0)
    assert moved['voxweb_connections_opened_total{kind="stream"}'] == 1


# --- audio and captions ---


async def test_audio_and_captions_are_counted_on_their_way(speech, room, ada_cookie, moved):
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await go_on_the_air(host)
        await send_all(host, SENTENCE)
        await viewer.hear("final")
        await send_all(host, SENTENCE)  # a repetition
        await stop(host)
    assert moved["voxweb_audio_received_seconds_total"] == 1.8
    assert moved["voxweb_audio_sent_seconds_total"] == 1.8
    assert moved["voxweb_audio_replayed_seconds_total"] == 0
    assert moved["voxweb_upstream_connected_total"] == 1
    assert moved["voxweb_interims_total"] >= 1
    assert moved["voxweb_finals_total"] == 1
    assert moved["voxweb_finals_stored_total"] == 1
    assert moved["voxweb_speech_to_final_seconds_count"] == 1
    assert moved["voxweb_store_seconds_count"] == 1
    assert moved["voxweb_final_to_viewer_seconds_count"] == 1, "the host's own socket is not a viewer"
    assert 0 < moved["voxweb_final_to_viewer_seconds_sum"] < 5
    assert moved["voxweb_messages_sent_total"] > moved["voxweb_interims_sent_total"] >= 1


async def test_a_replay_is_audio_sent_once_more(speech, room, ada_cookie, moved):
    async with browser(HOST, cookie=ada_cookie) as host:
        await go_on_the_air(host)
        await send_all(host, position_pcm(0, 5))
        await host.hear("interim")
        (air,) = onair.airs()
        await until(lambda: moved["voxweb_audio_sent_seconds_total"] == 1)
        assert moved["voxweb_audio_held_seconds"] == 1
        speech.drop_all()
        await host.hear("status", lambda status: status["upstream"] == "lost")
        await host.hear("status", lambda status: status["upstream"] == "live")
        await stop(host)
    assert moved['voxweb_upstream_lost_total{reason="upstream.lost"}'] == 1
    assert moved["voxweb_upstream_connected_total"] == 2
    assert moved["voxweb_audio_replayed_seconds_total"] == 1
    assert moved["voxweb_audio_sent_seconds_total"] == 2
    assert air.relay.held_samples == 0


async def test_a_hole_in_the_audio_is_a_gap_with_its_length(speech, room, ada_cookie, moved):
    async with browser(HOST, cookie=ada_cookie) as host:
        await go_on_the_air(host)
        end = await send_all(host, SENTENCE)
        await send_all(host, SENTENCE, first_sample=end + 2 * 16_000)
        await stop(host)
    assert moved["voxweb_gaps_total"] == 1
    assert moved["voxweb_gap_seconds_total"] == 2


async def test_a_refusal_by_the_speech_service_is_counted_by_its_kind(speech, room, ada_cookie, moved):
    speech.configure(refuse_status=401)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("error")
        await host.closed()
    await until(lambda: not onair.airs())
    assert moved['voxweb_upstream_lost_total{reason="upstream.refused.auth"}'] == 1
    assert moved['voxweb_refusals_total{code="upstream.refused"}'] == 1


# --- what is refused ---


async def test_refusals_are_counted_by_code(room, moved):
    async with browser(HOST) as stranger:
        assert await stranger.closed() == 4401
    async with browser("/ws/nowhere/") as lost:
        assert await lost.closed() == 4404
    answer = await AsyncClient().get("/r/no-such-room/segments")
    assert answer.status_code == 404
    assert (await AsyncClient().get("/r/no-such-room/")).status_code == 404
    assert moved['voxweb_refusals_total{code="room.not_signed_in"}'] == 1
    assert moved['voxweb_refusals_total{code="room.not_found"}'] == 3, "a socket, a request, a page"


async def test_chunks_are_refused_by_reason(speech, room, ada_cookie, moved, settings):
    settings.AUDIO_BURST_MS, settings.AUDIO_RATE_LIMIT = 1000, 0.001
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.line.send_to(bytes_data=b"\0\0\0\0\0\0")
        await go_on_the_air(host)
        await host.line.send_to(bytes_data=b"\0\0\0\0\0")
        assert (await host.hear("error"))["code"] == "audio.bad_chunk"
        await send_all(host, silence_pcm(1300))
        assert (await host.hear("error"))["code"] == "audio.too_fast"
        await stop(host)
    assert moved['voxweb_chunks_refused_total{reason="audio.bad_chunk"}'] == 1
    assert moved['voxweb_chunks_refused_total{reason="audio.too_fast"}'] == 1
    assert moved['voxweb_chunks_refused_total{reason="ignored"}'] == 2


# --- queues and drops ---


async def test_what_waits_for_sockets_is_seen_and_what_was_replaced(room, moved):
    box, other = (Outbox(max_messages=10, max_bytes=10**6) for _ in range(2))
    async with hub_module.in_room(room.pk) as hub:
        hub.seat(box)
        hub.publish(RoomEvent(Outgoing("interim", "12345", key="s/1")))
        hub.publish(RoomEvent(Outgoing("interim", "1234567", key="s/1")))
        hub.seat(other)
        hub.publish(RoomEvent(Outgoing("final", "123", key="s/2")))
        assert moved["voxweb_interims_replaced_total"] == 1
        assert await other.next()
        assert moved["voxweb_outbox_messages"] == 3
        assert moved["voxweb_outbox_longest_messages"] == 2
        assert moved["voxweb_outbox_bytes"] == 13
        assert moved["voxweb_outbox_longest_bytes"] == 10
        hub.unseat(box)
        hub.unseat(other)
        assert moved["voxweb_interims_replaced_total"] == 1, "what is gone stays counted"


async def test_a_socket_that_does_not_read_is_counted_when_it_is_closed(room, moved, settings):
    settings.OUTBOX_MESSAGES = 3
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        (hub,) = hub_module.hubs()
        for version in range(1, 10):
            hub.publish(RoomEvent(Outgoing("final", "{}", key=f"s/{version}", version=version)))
        assert await viewer.closed() == 4508
    assert moved["voxweb_slow_sockets_closed_total"] == 1


async def test_refills_are_counted_by_why(room, moved):
    session = await ask(session_row)(room)
    await ask(segment_row)(session)
    await Room.objects.aupdate(version=1)
    async with browser(viewer_of("town-hall", after=0)) as viewer:
        await viewer.hear("hello")
        await viewer.say("since", version=0)
        await viewer.hear("changes")
        await ask(segment_row)(session)
        await Room.objects.aupdate(version=2)
        (hub,) = hub_module.hubs()
        await hub_module._beat(hub, await database.read(hub_module.pulses, [room.pk]))
        await viewer.hear("changes")
    for why in ("resumed", "asked", "noticed"):
        assert moved[f'voxweb_refills_total{{why="{why}"}}'] == 1, why


class NoLayer:
    """A channel layer whose server is away."""

    async def new_channel(self) -> str:
        return "channel"

    async def receive(self, channel):
        raise ConnectionError

    async def group_send(self, group, other):
        raise ConnectionError

    group_add = group_discard = group_send


async def test_a_layer_that_is_away_costs_messages_that_are_counted(room, moved, settings):
    hub = RoomHub(room.pk, NoLayer())
    for version in range(hub_module.LAYER_BACKLOG + 2):
        hub.publish(RoomEvent(Outgoing("final", "{}", version=version)))
    await hub.open()
    await until(lambda: moved['voxweb_layer_messages_dropped_total{reason="failed"}'] == 1000)
    await hub.close()
    assert moved['voxweb_layer_messages_dropped_total{reason="backlog"}'] == 2
    assert moved['voxweb_layer_failures_total{doing="hear"}'] >= 1
    assert moved['voxweb_layer_failures_total{doing="tell"}'] == 1000


async def test_telling_a_room_from_a_page_counts_too(room, moved, monkeypatch):
    monkeypatch.setattr("captions.live.broadcast.get_channel_layer", NoLayer)
    await ask(tell_room)(room.pk, {"type": "status", "live": False, "upstream": "ended"})
    assert moved['voxweb_layer_messages_dropped_total{reason="failed"}'] == 1


async def test_a_database_that_is_away_shows_in_failures_and_in_what_waits(
    speech, room, ada_cookie, moved, monkeypatch
):
    store = onair.finals.store
    away = True

    def failing(*args):
        if away:
            raise OperationalError
        return store(*args)

    monkeypatch.setattr(onair.finals, "store", failing)
    async with browser(HOST, cookie=ada_cookie) as host:
        await go_on_the_air(host)
        end = await send_all(host, SENTENCE)
        await send_all(host, SENTENCE, first_sample=end)
        await until(lambda: moved["voxweb_unstored_captions"] == 2)
        assert moved["voxweb_unstored_longest_captions"] == 2
        await until(lambda: moved['voxweb_store_failures_total{reason="database"}'] >= 2)
        away = False
        await host.hear("final")
        await stop(host)
    assert moved["voxweb_unstored_captions"] == 0
    assert moved["voxweb_finals_stored_total"] == 2
    assert moved["voxweb_store_seconds_sum"] > 0.1, "from the first try on"


async def test_calls_that_wait_for_the_database_are_seen(moved):
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow() -> None:
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)

    calls = [asyncio.create_task(database.write(slow)) for _ in range(3)]
    await until(lambda: moved['voxweb_database_calls{queue="write"}'] == 3)
    go_on.set()
    await asyncio.gather(*calls)
    assert moved['voxweb_database_calls{queue="write"}'] == 0


# --- the process ---


async def test_a_loop_that_is_held_up_shows_its_lag(moved, monkeypatch):
    monkeypatch.setattr(lag, "INTERVAL_S", 0.01)
    monkeypatch.setattr(lag, "_loop", None)
    lag.watch()
    await until(lambda: moved["voxweb_event_loop_lag_seconds_count"] >= 2)
    assert moved["voxweb_event_loop_lag_seconds_sum"] >= 0
    due_s = asyncio.get_running_loop().time() - 0.3
    lag._due(asyncio.get_running_loop(), due_s)
    assert moved["voxweb_event_loop_lag_seconds_sum"] >= 0.3
    monkeypatch.setattr(lag, "_loop", None)  # ends it


def test_the_process_itself_is_measured_too():
    assert figures()["process_resident_memory_bytes"] > 10_000_000


def test_times_are_sorted_into_buckets_whose_bounds_are_included():
    times = Times(0.1, 1.0)
    for took_s in (0.05, 0.1, 0.5, 7.0):
        times.note(took_s)
    assert times.counts == [2, 1, 1]
    assert times.sum_s == pytest.approx(7.65)


# --- what is said about it ---


def test_no_label_has_a_value_from_outside():
    labels = {
        name
        for family in registry.collect()
        if family.name.startswith("voxweb_")
        for sample in family.samples
        for name in sample.labels
    }
    assert labels == {
        *("kind", "upstream", "queue", "reason", "code", "doing", "why", "le"),
        *("provider", "ended"),
    }


def test_names_follow_the_conventions_and_each_has_a_sentence():
    for family in registry.collect():
        if not family.name.startswith("voxweb_"):
            continue
        assert family.documentation.endswith("."), family.name
        assert not family.name.endswith(("_ms", "_kb", "_mb", "_total")), family.name


def test_the_documentation_lists_exactly_the_metrics_there_are():
    table = re.findall(r"^\| `(voxweb_\w+)", (ROOT / "docs/operations.md").read_text(), flags=re.MULTILINE)
    exposed = [
        family.name + ("_total" if family.type == "counter" else "")
        for family in registry.collect()
        if family.name.startswith("voxweb_")
    ]
    assert sorted(table) == sorted(exposed)
