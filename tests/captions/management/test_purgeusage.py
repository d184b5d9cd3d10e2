from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from captions.characters import Quota
from captions.models import Characters, ReadOut, Usage
from captions.services import characters, usage
from captions.spending import Limits

pytestmark = pytest.mark.django_db


@pytest.fixture
def days(room, ada):
    """Usage of today, of a month ago and of two years ago."""
    for ago in (0, 30, 730):
        now = timezone.now() - dt.timedelta(days=ago)
        usage.add(usage.payer(room, ada), 10, Limits(), now)


def test_a_year_and_a_month_are_kept(days, capsys):
    call_command("purgeusage")
    assert capsys.readouterr().out == "Deleted: 1.\n"
    assert Usage.objects.count() == 2


def test_today_is_always_kept_for_limits_go_by_it(days):
    call_command("purgeusage", keep_days=0)
    assert Usage.objects.get().day == usage.today()


@pytest.mark.parametrize("days_kept", [-1, 10**6])
def test_a_number_of_days_that_cannot_be_is_refused(days, days_kept):
    with pytest.raises(CommandError, match="0 to 36500"):
        call_command("purgeusage", keep_days=days_kept)
    assert Usage.objects.count() == 3


def test_characters_are_forgotten_alike(ada):
    for ago in (0, 730):
        now = timezone.now() - dt.timedelta(days=ago)
        characters.reserve(user_id=ada.pk, provider="voxnexus", characters=10, quota=Quota(), now=now)
    call_command("purgeusage")
    assert Characters.objects.get().day == usage.today()


def test_characters_read_out_are_forgotten_with_the_rest(room, capsys):
    for ago in (0, 730):
        ReadOut.objects.create(room=room, day=usage.today() - dt.timedelta(days=ago), characters=5)
    call_command("purgeusage")
    assert capsys.readouterr().out == "Deleted: 1.\n"
    assert ReadOut.objects.get().day == usage.today()
