"""What is not of our release's shape is no event at all: half of one would break a hub in the middle."""

from __future__ import annotations

import pytest

from captions.live.outbox import Outgoing
from captions.live.wire import Claimed, RoomEvent, from_wire, to_wire


def told(**spoil):
    event = RoomEvent(Outgoing("final", "{}", key="s/1", version=7), session="s", live=True)
    return to_wire(event, "origin") | spoil


def test_what_we_say_is_understood():
    assert isinstance(from_wire(told()), RoomEvent)
    assert from_wire(to_wire(Claimed("s", "lease"))) == Claimed("s", "lease")


@pytest.mark.parametrize(
    "spoil",
    [
        {"out": ["final", 5, "s/1", 7]},
        {"out": ["final", "{}", ["s", 1], 7]},
        {"out": ["final", "{}", "s/1", "7"]},
        {"out": ["final", "{}"]},
        {"host": [None, "{}", "s/1", 7]},
        {"session": None},
        {"live": "yes"},
        {"closed": None},
        {"claimed": ["s"]},
        {"claimed": ["s", None]},
        {"claimed": True},
    ],
)
def test_a_value_of_another_kind_makes_it_no_event(spoil):
    assert from_wire(told(**spoil)) is None
