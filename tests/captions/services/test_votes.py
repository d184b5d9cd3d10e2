from __future__ import annotations

import uuid

import pytest

from captions.errors import BadField, SpeechUnknown
from captions.models import Vote
from captions.services import votes
from tests.captions.making import try_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(ada):
    return try_row(ada, voice="anna")


@pytest.fixture
def bert(ada):
    return try_row(ada, voice="bert", provider="vachana")


def summed(**more):
    return [(each.voice, each.won, each.lost, each.even) for each in votes.sums(**more)]


def test_a_vote_is_for_a_voice_whichever_was_heard_first(ada, anna, bert):
    votes.vote(owner=ada, a=anna.pk, b=bert.pk, choice="b")
    assert summed(owner=ada) == [("bert", 1, 0, 0), ("anna", 0, 1, 0)]


def test_the_same_two_have_one_vote_the_newest(ada, anna, bert):
    votes.vote(owner=ada, a=anna.pk, b=bert.pk, choice="b")
    votes.vote(owner=ada, a=bert.pk, b=anna.pk, choice="b")
    assert summed(owner=ada) == [("anna", 1, 0, 0), ("bert", 0, 1, 0)]
    assert Vote.objects.count() == 1


def test_neither_counts_for_none(ada, anna, bert):
    votes.vote(owner=ada, a=anna.pk, b=bert.pk, choice="none")
    assert summed() == [("bert", 0, 0, 1), ("anna", 0, 0, 1)]


def test_a_vote_outlives_its_tries(ada, anna, bert):
    votes.vote(owner=ada, a=anna.pk, b=bert.pk, choice="a")
    anna.delete()
    bert.delete()
    assert summed(owner=ada) == [("anna", 1, 0, 0), ("bert", 0, 1, 0)]


def test_sums_are_of_one_account_or_of_all(ada, ben, anna, bert):
    votes.vote(owner=ada, a=anna.pk, b=bert.pk, choice="a")
    mine = [try_row(ben, voice=name) for name in ("anna", "carl")]
    votes.vote(owner=ben, a=mine[0].pk, b=mine[1].pk, choice="b")
    assert summed(owner=ben) == [("carl", 1, 0, 0), ("anna", 0, 1, 0)]
    assert summed() == [("carl", 1, 0, 0), ("anna", 1, 1, 0), ("bert", 0, 1, 0)]


def test_the_answer_says_which_voices_they_were_as_they_were_heard(ada, anna, bert):
    assert votes.vote(owner=ada, a=bert.pk, b=anna.pk, choice="a") == (bert, anna)


def test_only_ones_own_tries_are_compared(ada, ben, anna):
    with pytest.raises(SpeechUnknown):
        votes.vote(owner=ada, a=anna.pk, b=try_row(ben).pk, choice="a")
    with pytest.raises(SpeechUnknown):
        votes.vote(owner=ada, a=anna.pk, b=uuid.uuid4(), choice="a")


def test_a_try_is_not_compared_with_itself_nor_chosen_by_another_word(ada, anna, bert):
    with pytest.raises(BadField, match="one and the same"):
        votes.vote(owner=ada, a=anna.pk, b=anna.pk, choice="a")
    with pytest.raises(BadField, match="A choice is"):
        votes.vote(owner=ada, a=anna.pk, b=bert.pk, choice="c")


def test_the_oldest_votes_make_room(ada, anna, bert, monkeypatch):
    monkeypatch.setattr(votes, "VOTES_MAX", 1)
    votes.vote(owner=ada, a=anna.pk, b=bert.pk, choice="a")
    carl = try_row(ada, voice="carl")
    votes.vote(owner=ada, a=anna.pk, b=carl.pk, choice="a")
    assert ("bert", 0, 1, 0) not in summed(owner=ada)
