import datetime as dt
import uuid

import pytest
from django.utils import timezone

from captions.errors import BadField, ListeningOff, ListeningUsedUp, ReadingFailed, ReadingPast
from captions.models import Reading
from captions.services import listening
from captions.services.listening import Made, Making, Mine, Voice
from captions.services.rooms import create_room
from tests.captions.making import gap_row, segment_row, session_row
from tests.captions.speakers import allow

pytestmark = pytest.mark.django_db

EMMA = Voice("voxnexus", "emu-en-us-emma", "Emma", "en-US")
ARIA = Voice("voicemaker", "ai3-Aria", "Aria", "en-US")
TEXT = "good evening"


@pytest.fixture
def offering(room):
    allow(room.owner)
    listening.change(room, is_on=True, voices=[EMMA, ARIA], characters_per_day=1_000)
    return room


@pytest.fixture
def segment(offering):
    return segment_row(session_row(offering), text=TEXT)


def claim(room, segment_id, number=0, *, now=None):
    limits = {"fresh_s": 120, "made_s": 30, "kept_s": 600}
    return listening.claim(room, segment_id=segment_id, number=number, now=now, **limits)


def later(seconds):
    return timezone.now() + dt.timedelta(seconds=seconds)


def test_nothing_is_offered_before_an_owner_says_so(room):
    assert listening.offered(room) == ()
    with pytest.raises(ListeningOff):
        claim(room, uuid.uuid4())


def test_what_is_offered_can_be_taken_back(offering):
    assert listening.offered(offering) == (EMMA, ARIA)
    listening.change(offering, is_on=False, voices=[EMMA], characters_per_day=5)
    assert listening.offered(offering) == ()
    assert listening.voices_of(listening.of_room(offering)) == (EMMA,)


def test_it_takes_one_to_four_voices(room):
    with pytest.raises(BadField, match="at least one"):
        listening.change(room, is_on=True, voices=[], characters_per_day=5)
    with pytest.raises(BadField, match="4 voices at most"):
        listening.change(room, is_on=True, voices=5 * [EMMA], characters_per_day=5)


def test_who_asks_first_makes_it_and_the_others_hear_it(offering, segment):
    mine = claim(offering, segment.pk)
    assert isinstance(mine, Mine)
    assert (mine.text, mine.voice, mine.owner_id) == (TEXT, EMMA, offering.owner_id)
    assert claim(offering, segment.pk) == Making()
    listening.finish(mine, data=b"RIFF", media_type="audio/wav")
    assert claim(offering, segment.pk) == Made(b"RIFF", "audio/wav")
    assert listening.cost(offering).today == len(TEXT)


def test_to_look_changes_nothing(offering, segment):
    limits = {"fresh_s": 120, "made_s": 30}

    def look(segment_id=segment.pk, number=0):
        return listening.look(offering, segment_id=segment_id, number=number, **limits)

    assert look() is None
    with pytest.raises(ReadingPast):
        look(uuid.uuid4())
    with pytest.raises(ListeningOff):
        look(number=2)
    assert not Reading.objects.exists()
    mine = claim(offering, segment.pk)
    assert look() == Making()
    listening.finish(mine, data=b"RIFF", media_type="audio/wav")
    assert look() == Made(b"RIFF", "audio/wav")


def test_each_voice_is_made_and_counted_by_itself(offering, segment):
    assert isinstance(claim(offering, segment.pk, 0), Mine)
    assert isinstance(claim(offering, segment.pk, 1), Mine)
    assert listening.cost(offering).in_all == 2 * len(TEXT)


def test_what_failed_is_not_tried_again_and_not_counted(offering, segment):
    listening.fail(claim(offering, segment.pk), code="voice.lost")
    with pytest.raises(ReadingFailed):
        claim(offering, segment.pk)
    assert listening.cost(offering).today == 0


def test_what_nobody_finished_is_taken_over(offering, segment):
    claim(offering, segment.pk)
    assert isinstance(claim(offering, segment.pk, now=later(31)), Mine)


def test_old_captions_are_nobodys_to_spend_on(offering, segment):
    with pytest.raises(ReadingPast):
        claim(offering, segment.pk, now=later(121))
    mine = claim(offering, segment.pk)
    listening.finish(mine, data=b"RIFF", media_type="audio/wav")
    assert isinstance(claim(offering, segment.pk, now=later(500)), Made)


def test_only_speech_of_this_room_is_read(offering, segment):
    other = create_room(owner=offering.owner, title="Another", language="en-US")
    listening.change(other, is_on=True, voices=[EMMA], characters_per_day=1_000)
    with pytest.raises(ReadingPast):
        claim(other, segment.pk)
    with pytest.raises(ReadingPast):
        claim(offering, gap_row(segment.session, utterance=2).pk)
    with pytest.raises(ReadingPast):
        claim(offering, uuid.uuid4())


@pytest.mark.parametrize("number", [-1, 2, 99])
def test_a_voice_that_is_not_offered_is_none(offering, segment, number):
    with pytest.raises(ListeningOff):
        claim(offering, segment.pk, number)


def test_an_owner_who_may_not_have_text_spoken_pays_for_nobody(offering, segment):
    offering.owner.user_permissions.clear()
    offering.owner.groups.clear()
    with pytest.raises(ListeningOff):
        claim(offering, segment.pk)


def test_a_days_characters_are_not_exceeded(offering, segment):
    listening.change(offering, is_on=True, voices=[EMMA], characters_per_day=len(TEXT))
    assert isinstance(claim(offering, segment.pk), Mine)
    second = segment_row(segment.session, utterance=2, text=TEXT)
    with pytest.raises(ListeningUsedUp):
        claim(offering, second.pk)
    assert listening.cost(offering).today == len(TEXT)


def test_sounds_are_forgotten_after_a_while(offering, segment):
    listening.finish(claim(offering, segment.pk), data=b"RIFF", media_type="audio/wav")
    Reading.objects.update(begun_at=later(-601))
    second = segment_row(segment.session, utterance=2, text=TEXT)
    claim(offering, second.pk)
    assert Reading.objects.get().segment == second


@pytest.mark.parametrize(
    "kept", [None, 3, {}, {"provider": "x"}, {"provider": 1, "id": "a"}, {"provider": "", "id": "a"}], ids=str
)
def test_what_is_kept_and_is_no_voice_is_left_out(offering, kept):
    row = listening.of_room(offering)
    row.voices = [kept, EMMA.as_json()]
    row.save()
    assert listening.offered(offering) == (EMMA,)
