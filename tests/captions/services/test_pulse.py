from __future__ import annotations

import pytest

from captions.services import rooms, sessions
from captions.services.pulse import Pulse, pulses
from tests.captions.making import on_air

pytestmark = pytest.mark.django_db


def test_a_pulse_is_where_a_room_stands(room):
    assert pulses([room.pk]) == {room.pk: Pulse(version=0, live=False, is_open=True)}


def test_a_room_is_live_while_a_worker_speaks_for_its_session(room):
    claim = on_air(room)
    assert pulses([room.pk])[room.pk].live
    sessions.release(claim.session_id, claim.lease)
    assert not pulses([room.pk])[room.pk].live


def test_a_closed_room_says_so(room):
    rooms.close_room(room)
    assert not pulses([room.pk])[room.pk].is_open


def test_rooms_that_are_gone_are_missing_and_all_others_cost_one_query(room, ada, django_assert_num_queries):
    other = rooms.create_room(owner=ada, title="Other")
    with django_assert_num_queries(1):
        assert set(pulses([room.pk, other.pk, 10**6])) == {room.pk, other.pk}
