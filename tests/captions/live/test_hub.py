from __future__ import annotations

import asyncio
import json
import uuid

import msgpack
import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer, get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer

from captions.live import hub as module
from captions.live.broadcast import tell_room
from captions.live.groups import group_name
from captions.live.hub import RoomHub, in_room
from captions.live.outbox import Outbox, Outgoing
from captions.live.wire import Claimed, Recheck, RoomEvent, from_wire, to_wire
from tests.captions.redis import REDIS_URL, needs_redis

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

ask = sync_to_async


def final(version: int, session: str = "s") -> RoomEvent:
    text = json.dumps({"type": "final", "version": version})
    return RoomEvent(Outgoing("final", text, key=f"{session}/{version}", version=version), session=session)


def interim(text: str, utterance: int = 1, session: str = "s") -> RoomEvent:
    return RoomEvent(Outgoing("interim", text, key=f"{session}/{utterance}"), session=session)


def outbox() -> Outbox:
    return Outbox(max_messages=1000, max_bytes=10**6)


async def next_of(box: Outbox) -> Outgoing:
    async with asyncio.timeout(10):
        out = await box.next()
    assert out is not None
    return out


class TwoProcesses:
    """Two hubs of one room that share nothing but a layer, as those of two processes."""

    def __init__(self, room_id: int, layers=(None, None)) -> None:
        self.hubs = [RoomHub(room_id, layer) for layer in layers]
        self.boxes = [outbox(), outbox()]

    async def __aenter__(self) -> TwoProcesses:
        for hub, box in zip(self.hubs, self.boxes, strict=True):
            await hub.open()
            hub.seat(box)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for hub in self.hubs:
            await hub.close()


async def test_everybody_in_the_room_is_told_at_once(room):
    boxes = [outbox() for _ in range(3)]
    async with in_room(room.pk) as hub:
        for box in boxes:
            hub.seat(box)
        event = final(1)
        hub.publish(event)
        assert [len(box) for box in boxes] == [1, 1, 1]
        texts = [(await next_of(box)).text for box in boxes]
    assert all(text is event.out.text for text in texts), "encoded once, handed on as it is"


async def test_a_hub_does_not_hear_itself(room):
    async with TwoProcesses(room.pk) as two:
        two.hubs[0].publish(final(1))
        await next_of(two.boxes[1])
        two.hubs[1].publish(final(2))
        assert [(await next_of(two.boxes[0])).version for _ in range(2)] == [1, 2]
        assert not len(two.boxes[0])


async def test_all_users_of_a_room_share_one_hub_and_the_last_one_closes_it(room, settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    layer = get_channel_layer()
    async with in_room(room.pk) as first:
        async with in_room(room.pk) as second:
            assert second is first
        assert len(layer.groups[group_name(room.pk)]) == 1
    await module.closed()
    assert group_name(room.pk) not in layer.groups


async def test_hosts_are_told_with_words_and_viewers_without(room):
    viewer, host = outbox(), outbox()
    async with in_room(room.pk) as hub:
        hub.seat(viewer)
        hub.seat(host, host=True)
        hub.publish(RoomEvent(Outgoing("final", "short", version=1), host=Outgoing("final", "with words")))
        assert (await next_of(viewer)).text == "short"
        assert (await next_of(host)).text == "with words"


async def test_only_open_interims_are_kept_for_late_joiners(room):
    async with in_room(room.pk) as hub:
        hub.publish(interim("one", 1))
        hub.publish(interim("one more", 1))
        hub.publish(interim("two", 2))
        hub.publish(final(1))
        late = outbox()
        hub.seat(late)
        assert len(late) == 1
        assert (await next_of(late)).text == "two"


async def test_the_interims_of_a_session_end_with_it_or_with_the_next_one(room):
    async with in_room(room.pk) as hub:
        hub.publish(interim("before", session="a"))
        hub.publish(interim("after", session="b"))
        late = outbox()
        hub.seat(late)
        assert (await next_of(late)).text == "after"
        assert not len(late)
        hub.publish(RoomEvent(Outgoing("status", "off"), session="b", live=False))
        later = outbox()
        hub.seat(later)
        assert not len(later)


async def test_an_interim_that_came_to_nothing_is_not_kept(room):
    async with in_room(room.pk) as hub:
        hub.publish(interim("one"))
        hub.publish(RoomEvent(Outgoing("interim", "", key="s/1"), session="s", blank=True))
        late = outbox()
        hub.seat(late)
        assert not len(late)


async def test_interims_without_end_are_bounded(room):
    async with in_room(room.pk) as hub:
        for n in range(1000):
            hub.publish(interim("x", n))
        late = outbox()
        hub.seat(late)
        assert len(late) == module.KEPT_INTERIMS


async def test_a_position_is_up_to_where_nothing_is_missing(room):
    box = outbox()
    async with in_room(room.pk) as hub:
        hub.seat(box)
        for version in (1, 2, 4, 5, 3, 6):
            hub.publish(final(version))
        assert [(await next_of(box)).position for _ in range(6)] == [1, 2, 2, 2, 5, 6]


# --- the channel layer ---


class Lost(InMemoryChannelLayer):
    """A layer that is there and takes nothing."""

    away = True
    asked = 0

    async def group_send(self, group, message):
        self.asked += 1
        if self.away:
            raise ConnectionError("no route")
        await super().group_send(group, message)

    async def group_add(self, group, channel):
        if self.away:
            raise ConnectionError("no route")
        await super().group_add(group, channel)


async def test_a_layer_that_is_away_stops_nobody_here_and_is_joined_when_it_is_back(room, monkeypatch):
    monkeypatch.setattr(module, "LAYER_TIMEOUT_S", 0.2)
    layer = Lost()
    async with TwoProcesses(room.pk, (layer, layer)) as two:
        two.hubs[0].publish(final(1))
        assert (await next_of(two.boxes[0])).version == 1
        layer.away = False
        async with asyncio.timeout(10):
            for hub in two.hubs:
                await hub._joined.wait()
        two.hubs[0].publish(final(2))
        assert (await next_of(two.boxes[1])).version == 2


async def test_what_a_layer_does_not_take_is_bounded(room, monkeypatch):
    monkeypatch.setattr(module, "LAYER_TIMEOUT_S", 0.1)
    layer = Lost()
    async with TwoProcesses(room.pk, (layer, layer)) as two:
        for n in range(3 * module.LAYER_BACKLOG):
            two.hubs[0].publish(interim("x", n))
        assert len(two.hubs[0]._outward) <= module.LAYER_BACKLOG


async def test_what_another_release_says_is_not_taken_for_ours(room):
    box = outbox()
    async with in_room(room.pk) as hub:
        hub.seat(box)
        layer = get_channel_layer()
        await layer.group_send(group_name(room.pk), {"type": "room.told", "origin": "x", "song": 1})
        await ask(tell_room)(room.pk, {"type": "removed", "version": 1, "session": "s"})
        assert json.loads((await next_of(box)).text) == {"type": "removed", "version": 1, "session": "s"}


async def test_workers_are_told_who_took_the_air(room):
    class Worker:
        def __init__(self):
            self.claims = []
            self.told = asyncio.Event()

        def claimed(self, claim):
            self.claims.append(claim)
            self.told.set()

        def closed(self):
            """Nothing here."""

    async with TwoProcesses(room.pk) as two:
        worker = Worker()
        two.hubs[1].workers.add(worker)
        two.hubs[0].announce(Claimed("session", "lease"))
        async with asyncio.timeout(10):
            await worker.told.wait()
    assert worker.claims == [Claimed("session", "lease")]


async def test_telling_a_room_nobody_is_in_is_no_error(room):
    await ask(tell_room)(room.pk, {"type": "removed", "version": 1, "session": "s"})


def test_an_event_survives_the_layer_s_serialiser():
    event = RoomEvent(
        Outgoing("final", "grüße \N{GRINNING FACE}", key="s/1", version=7),
        session="s",
        live=True,
        closed=True,
    )
    told = from_wire(msgpack.unpackb(msgpack.packb(to_wire(event, "origin"))))
    assert isinstance(told, RoomEvent)
    assert (told.out.text, told.out.version, told.live, told.closed) == (event.out.text, 7, True, True)


def test_a_recheck_survives_the_layer_s_serialiser():
    assert from_wire(msgpack.unpackb(msgpack.packb(to_wire(Recheck())))) == Recheck()


# --- Redis ---


@pytest.mark.services
@needs_redis
async def test_two_processes_share_a_room_over_redis(room):
    prefix = f"voxweb-{uuid.uuid4().hex}"
    layers = [RedisPubSubChannelLayer(hosts=[REDIS_URL], prefix=prefix) for _ in range(2)]
    try:
        async with TwoProcesses(room.pk, layers) as two:
            for version in range(1, 51):
                two.hubs[version % 2].publish(final(version))
            for box in two.boxes:
                assert sorted([(await next_of(box)).version for _ in range(50)]) == list(range(1, 51))
    finally:
        for layer in layers:
            await layer.flush()


class CountingLayer(InMemoryChannelLayer):
    """Remembers what it was given to tell."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict] = []

    async def group_send(self, group, message):
        self.sent.append(message)


async def test_while_the_layer_is_slow_a_newer_interim_takes_the_place_of_the_one_that_waits(room):
    layer = CountingLayer()
    hub = RoomHub(room.pk, layer)
    for n in range(5000):
        hub.publish(interim(f"word {n}"))
    hub.publish(final(1))
    hub.publish(interim("next", utterance=2))
    assert len(hub._outward) == 3, "so memory is bounded by utterances, and no final is pushed out"
    await hub.open()
    async with asyncio.timeout(10):
        await hub._outward_idle.wait()
    hub.publish(interim("next one", utterance=2))
    async with asyncio.timeout(10):
        await hub._outward_idle.wait()
    await hub.close()
    texts = [message["out"][1] for message in layer.sent]
    assert texts == ["word 4999", final(1).out.text, "next", "next one"]
    assert hub._outward_interims == {}
