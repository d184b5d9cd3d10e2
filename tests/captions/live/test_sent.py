from __future__ import annotations

from dataclasses import replace

from captions.live.sent import Sent
from captions.tts.events import Audio, Piece, Wire
from captions.tts.providers import PROVIDERS
from captions.tts.speech import Speech

PROVIDER = replace(PROVIDERS["voxnexus"], longest_characters=10)
TEXT = "x" * 25


def sent(transport, *events):
    speech = Speech(provider="voxnexus", transport=transport, text=TEXT, voice="v")
    it = Sent(speech, PROVIDER)
    for event in events:
        it.note(event)
    return it


def out(kind="text"):
    return Wire("out", kind, 1.0, 10)


def piece(number):
    return Piece(number, 3, "x" * (10 if number < 3 else 5))


OPEN = Wire("in", "open", 1.0, 0)


def test_nothing_is_sent_by_a_handshake():
    assert sent("rest", OPEN).characters == 0
    assert sent("websocket", OPEN, out()).characters == 0, "that was init"


def test_over_the_socket_of_voxnexus_a_whole_text_goes_at_once():
    assert sent("websocket", OPEN, out(), out()).characters == 25


def test_a_piece_that_was_asked_for_may_be_charged():
    assert sent("rest", out("http"), out()).characters == 10


def test_pieces_count_as_they_begin_and_the_next_one_as_it_is_asked_for():
    one = [out("http"), out(), piece(1), Audio(b"\0\0")]
    assert sent("rest", *one).characters == 10
    assert sent("rest", *one, out("http")).characters == 20
    assert sent("rest", *one, out("http"), piece(2), Audio(b"\0\0"), out("http")).characters == 25


def test_what_was_refused_is_not_charged():
    refused = sent("rest", out("http"), out(), piece(1), Audio(b"\0\0"), out("http"))
    refused.refused()
    assert refused.characters == 10
    refused = sent("websocket", OPEN, out(), out())
    refused.refused()
    assert refused.characters == 0


def test_what_was_sent_for_a_piece_counts_not_what_is_said_of_it():
    tagged = Piece(1, 3, "x" * 4, characters=10)
    assert sent("rest", out("http"), out(), tagged, Audio(b"\0\0")).characters == 10


def test_over_other_sockets_pieces_count_as_they_are_heard():
    speech = Speech(provider="voicemaker", transport="websocket", text=TEXT, voice="v")
    it = Sent(speech, PROVIDER)
    for event in (OPEN, out(), piece(1), Audio(b"\0\0")):
        it.note(event)
    assert it.characters == 10
    it.note(out())
    assert it.characters == 20
