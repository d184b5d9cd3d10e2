"""Keys that do not show themselves."""

from __future__ import annotations

import copy
import pickle

import pytest

from captions.stt.upstream import Upstream
from captions.upstream.secret import Secret

KEY = "very-secret-key"


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{:>40}".format, lambda s: f"{s!r}"])
def test_a_secret_is_shown_by_no_way_of_writing(show):
    assert KEY not in show(Secret(KEY))


def test_a_secret_is_not_shown_by_what_holds_it():
    upstream = Upstream("wss://example.invalid", Secret(KEY))
    assert KEY not in f"{upstream!r} {upstream} {[upstream]}"


def test_a_secret_is_revealed_to_who_asks():
    assert Secret(KEY).reveal() == KEY


def test_an_empty_secret_is_no_key():
    assert not Secret()
    assert Secret(KEY)


def test_secrets_compare_by_key():
    assert Secret(KEY) == Secret(KEY) != Secret("other")
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY)}) == 1


def test_a_secret_is_not_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY))


def test_a_copied_secret_still_hides():
    assert copy.deepcopy(Upstream("ws://x", Secret(KEY))).api_key.reveal() == KEY
