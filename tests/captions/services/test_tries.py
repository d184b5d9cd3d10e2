from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from captions.errors import BadField, SpeechUnknown
from captions.models import Try, TryAudio
from captions.services import tries
from captions.services.tries import Bounds, Sound
from tests.captions.making import try_row

pytestmark = pytest.mark.django_db

SPEECH = {"provider": "voxnexus", "transport": "rest", "text": "Good evening.", "voice": "vl-xiaoxiao"}
BOUNDS = Bounds(tries=3, audio_bytes=100, all_audio_bytes=150)


def sound(size_bytes=60):
    return Sound(data=b"\1" * size_bytes, media_type="audio/pcm", rate_hz=24000)


def keep(owner, **more):
    fields = {
        "try_id": uuid.uuid4(),
        "owner_id": owner.pk,
        "speech": SPEECH,
        "characters": 13,
        "timing": {"total_ms": 80.5},
        "ended": "done",
        "sound": None,
        "bounds": BOUNDS,
    }
    return tries.keep(**fields | more)


def ids(found):
    return [each.pk for each in found]


# --- keeping ---


def test_a_try_is_kept_as_it_was_spoken(ada):
    kept = keep(ada)
    assert (kept.provider, kept.voice, kept.speech, kept.ended) == ("voxnexus", "vl-xiaoxiao", SPEECH, "done")
    assert kept.timing == {"total_ms": 80.5}


def test_the_same_try_again_changes_nothing(ada):
    kept = keep(ada, sound=sound())
    assert keep(ada, try_id=kept.pk, sound=sound(10), ended="stopped").ended == "done"
    assert TryAudio.objects.get().size_bytes == 60


def test_a_try_of_an_account_that_is_gone_is_not_kept(ada):
    gone = ada.pk
    ada.delete()
    assert keep(type("Gone", (), {"pk": gone})) is None


def test_the_oldest_make_room(ada, ben):
    of_ben = keep(ben)
    kept = [keep(ada) for _ in range(5)]
    assert ids(tries.tries_of(owner=ada)[0]) == ids(reversed(kept[2:]))
    assert ids(tries.tries_of(owner=ben)[0]) == [of_ben.pk]


def test_audio_that_is_longer_than_what_is_kept_of_one_is_left_out(ada):
    keep(ada, sound=sound(101))
    assert (Try.objects.count(), TryAudio.objects.count()) == (1, 0)


def test_the_oldest_audio_makes_room_and_its_try_stays(ada):
    kept = [keep(ada, sound=sound(60)) for _ in range(3)]
    assert set(TryAudio.objects.values_list("of", flat=True)) == {kept[1].pk, kept[2].pk}
    assert Try.objects.count() == 3


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_a_database_does_not_take_is_replaced(ada, text):
    kept = keep(ada, speech=SPEECH | {"text": text, "options": {"voice_config": {text: [text]}}})
    kept.refresh_from_db()
    assert kept.speech["text"] == "a\ufffdb"
    assert kept.speech["options"] == {"voice_config": {"a\ufffdb": ["a\ufffdb"]}}


# --- finding ---


def test_tries_are_listed_newest_first_page_by_page(ada):
    now = timezone.now()
    rows = [try_row(ada, made_at=now - dt.timedelta(minutes=number)) for number in range(5)]
    first, more = tries.tries_of(owner=ada, most=2)
    assert (ids(first), more) == (ids(rows[:2]), True)
    rest, more = tries.tries_of(owner=ada, before=first[-1].pk, most=3)
    assert (ids(rest), more) == (ids(rows[2:]), False)


def test_a_page_behind_somebody_elses_try_is_refused(ada, ben):
    with pytest.raises(SpeechUnknown):
        tries.tries_of(owner=ada, before=try_row(ben).pk)


def test_a_try_is_its_owners_until_it_is_shared(ada, ben):
    kept = keep(ada)
    assert tries.find(try_id=kept.pk, reader=ada) == kept
    with pytest.raises(SpeechUnknown):
        tries.find(try_id=kept.pk, reader=ben)
    tries.share(try_id=kept.pk, owner=ada, on=True)
    assert tries.find(try_id=kept.pk, reader=ben) == kept
    tries.share(try_id=kept.pk, owner=ada, on=False)
    with pytest.raises(SpeechUnknown):
        tries.find(try_id=kept.pk, reader=ben)


def test_a_shared_try_is_heard_only_where_its_audio_is_shared_as_well(ada, ben):
    kept = keep(ada, sound=sound())
    tries.share(try_id=kept.pk, owner=ada, on=True)
    assert tries.audio_of(try_id=kept.pk, reader=ada) == sound()
    with pytest.raises(SpeechUnknown, match="audio of this try"):
        tries.audio_of(try_id=kept.pk, reader=ben)
    tries.share(try_id=kept.pk, owner=ada, on=True, with_audio=True)
    assert tries.audio_of(try_id=kept.pk, reader=ben) == sound()


def test_sharing_no_more_ends_the_sharing_of_audio(ada):
    kept = keep(ada)
    assert tries.share(try_id=kept.pk, owner=ada, on=False, with_audio=True).shares_audio is False


# --- changing ---


@pytest.mark.parametrize(
    "change",
    [
        lambda try_id, user: tries.rename(try_id=try_id, owner=user, name="Mine"),
        lambda try_id, user: tries.share(try_id=try_id, owner=user, on=True),
        lambda try_id, user: tries.delete(try_id=try_id, owner=user),
    ],
)
def test_only_its_owner_changes_a_try(ada, ben, change):
    kept = keep(ada)
    tries.share(try_id=kept.pk, owner=ada, on=True)
    with pytest.raises(SpeechUnknown):
        change(kept.pk, ben)
    change(kept.pk, ada)


def test_a_name_is_cleaned_and_bounded(ada):
    kept = keep(ada)
    assert tries.rename(try_id=kept.pk, owner=ada, name="  Calm\tAnna\n").name == "Calm Anna"
    with pytest.raises(BadField, match="80 characters at most; this one has 81"):
        tries.rename(try_id=kept.pk, owner=ada, name="x" * 81)


def test_what_a_page_measured_stands_beside_our_own_timing(ada, ben):
    kept = keep(ada)
    assert tries.note_played(try_id=kept.pk, owner_id=ada.pk, measured={"underruns": 1})
    assert not tries.note_played(try_id=kept.pk, owner_id=ben.pk, measured={"underruns": 9})
    kept.refresh_from_db()
    assert kept.timing == {"total_ms": 80.5, "page": {"underruns": 1}}
