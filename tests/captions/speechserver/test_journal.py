import json

from captions.speechserver.journal import CONNECTIONS, LONGEST, Journal


def test_audio_is_noted_as_a_number_of_bytes():
    visit = Journal().visit("header")
    visit.text(json.dumps({"type": "audio", "data": "AAAAAP8="}))
    visit.binary(12)
    visit.text("{")
    visit.text('["list"]')
    assert visit.messages == [{"type": "audio", "bytes": 5}, {"binary": 12}, {"garbled": 1}, {"garbled": 8}]


def test_a_long_connection_does_not_grow_for_ever():
    visit = Journal().visit("header")
    for _ in range(LONGEST + 5):
        visit.text('{"type": "ping"}')
    assert len(visit.messages) == LONGEST
    assert visit.more_messages == 5


def test_only_the_newest_connections_are_kept():
    journal = Journal()
    for _ in range(CONNECTIONS + 3):
        journal.visit("query")
    assert [visit.number for visit in journal.visits] == list(range(4, CONNECTIONS + 4))
