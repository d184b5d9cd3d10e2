from __future__ import annotations

import json

import pytest

from captions.errors import BadMessage
from captions.live import talk_messages
from captions.live.talk_messages import End, Start, Stop


def said(**body):
    return talk_messages.parse(json.dumps(body), max_bytes=200)


def test_a_start_names_its_language():
    assert said(type="start", language="hi-IN", more=1) == Start("hi-IN")


def test_a_stop_is_a_stop():
    assert said(type="stop") == Stop()


@pytest.mark.parametrize("language", [None, "", 5, "en us", "x" * 36])
def test_a_start_without_a_language_is_refused(language):
    with pytest.raises(BadMessage, match="BCP 47"):
        said(type="start", language=language)


@pytest.mark.parametrize("body", [{"type": "since", "version": 1}, {"type": 5}, {}, {"type": "x" * 300}])
def test_what_is_neither_is_refused(body):
    with pytest.raises(BadMessage):
        said(**body)


def test_what_is_said_back_is_json():
    assert json.loads(talk_messages.encode_final("« ja »", utterance=3)) == {
        "type": "final",
        "text": "« ja »",
        "utterance": 3,
    }
    assert json.loads(talk_messages.encode_stopped(End.SILENCE)) == {"type": "stopped", "reason": "silence"}
