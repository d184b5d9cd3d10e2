"""Tell a room something from outside its sockets: from a view, the admin or a command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from captions.live.counts import counts
from captions.live.groups import group_name
from captions.live.messages import encode
from captions.live.outbox import Outgoing
from captions.live.wire import Recheck, RoomEvent, to_wire, utterance_key

log = structlog.get_logger(__name__)


def tell_room(room_id: int, event: Mapping[str, Any]) -> None:
    """Hand a message of the protocol to everybody in a room; synchronous, after the commit.

    ``event`` is as viewers get it (``type``, ``version``, ``segment`` …). Words in its segment go
    to hosts only. A ``status`` that is not live takes the room off the air for its readers; with
    ``"open": False`` the room is closed and readers are let go. A channel layer that is away is
    logged, not raised: what was missed shows by version at the next tick.
    """
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(group_name(room_id), to_wire(_as_event(event)))
    except Exception as exc:
        counts.layer_failures["tell"] += 1
        counts.layer_dropped["failed"] += 1
        log.warning("layer_failed", room=room_id, doing="tell", error=type(exc).__name__)


def recheck_rooms(room_ids: Iterable[int]) -> None:
    """Have everybody in these rooms asked again whether they may stay; synchronous, after the commit.

    A channel layer that is away is logged, not raised: each process asks again by itself.
    """
    layer = get_channel_layer()
    rooms = list(room_ids)
    if layer is None or not rooms:
        return

    async def tell() -> None:
        for room_id in rooms:
            await layer.group_send(group_name(room_id), to_wire(Recheck()))

    try:
        async_to_sync(tell)()
    except Exception as exc:
        log.warning("layer_failed", rooms=len(rooms), doing="recheck", error=type(exc).__name__)


def _as_event(event: Mapping[str, Any]) -> RoomEvent:
    shown = {name: value for name, value in event.items() if name != "open"}
    host = None
    segment = event.get("segment")
    if isinstance(segment, Mapping) and "words" in segment:
        host = _outgoing(shown, shown)
        shown["segment"] = {name: value for name, value in segment.items() if name != "words"}
    return RoomEvent(
        out=_outgoing(event, shown),
        host=host,
        session=str(event.get("session", "")),
        live=event.get("live"),
        closed=event.get("open") is False,
    )


def _outgoing(event: Mapping[str, Any], shown: Mapping[str, Any]) -> Outgoing:
    segment = event.get("segment")
    key = ""
    if isinstance(segment, Mapping):
        key = utterance_key(segment["session"], segment["utterance"])
    return Outgoing(str(event["type"]), encode(shown), key=key, version=int(event.get("version") or 0))
