from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from captions.errors import SpeechBusy, SpeechCrowded
from captions.live.turns import Turns
from captions.tts.providers import PROVIDERS

VOXNEXUS = replace(PROVIDERS["voxnexus"], most_at_once=3)
ADA, BEN = 1, 2


def test_an_account_has_so_many_turns_at_once():
    turns = Turns()
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(turns.taken(VOXNEXUS, ADA, most_of_account=2))
        with pytest.raises(SpeechCrowded, match="2 of your texts"):
            stack.enter_context(turns.taken(VOXNEXUS, ADA, most_of_account=2))
        stack.enter_context(turns.taken(VOXNEXUS, BEN, most_of_account=2))


def test_a_provider_has_so_many_whoever_asks():
    turns = Turns()
    with ExitStack() as stack:
        for user_id in range(3):
            stack.enter_context(turns.taken(VOXNEXUS, user_id, most_of_account=1))
        with pytest.raises(SpeechBusy, match="VoxNexus is speaking for 3 others") as raised:
            stack.enter_context(turns.taken(VOXNEXUS, 9, most_of_account=1))
        assert raised.value.retryable


def test_a_turn_is_given_back_whatever_happened():
    turns = Turns()
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), turns.taken(VOXNEXUS, ADA, most_of_account=1):
            raise ZeroDivisionError
    assert (turns.by_provider.total(), dict(turns.by_account)) == (0, {})
