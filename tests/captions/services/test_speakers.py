from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from captions.errors import NotSignedIn, SpeechNotAllowed
from captions.services import speakers
from captions.services.passes import Caller
from captions.services.speakers import Speaker
from tests.captions.browsers import cookie_of, sign_out
from tests.captions.speakers import allow

pytestmark = pytest.mark.django_db


@pytest.fixture
def cookie(ada):
    return cookie_of(allow(ada))


@pytest.fixture
def ada_speaks(ada, cookie):
    return Speaker(ada.pk, cookie.partition("=")[2])


def test_an_account_with_the_permission_speaks(ada):
    assert speakers.speaker(caller=Caller(allow(ada), "key")) == Speaker(ada.pk, "key")


def test_a_superuser_speaks(django_user_model):
    root = django_user_model.objects.create_superuser("root")
    assert speakers.may_speak(root)


def test_without_the_permission_one_is_told_whom_to_ask(ada):
    assert not speakers.may_speak(ada)
    with pytest.raises(SpeechNotAllowed, match="Whoever runs this site can allow it"):
        speakers.speaker(caller=Caller(ada, "key"))


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_a_stranger_is_to_sign_in(db, nobody):
    with pytest.raises(NotSignedIn):
        speakers.speaker(caller=Caller(nobody))


def test_who_may_still_speak_is_not_disturbed(ada_speaks):
    speakers.ask_again(speaker=ada_speaks)


def no_permission(ada, cookie):
    ada.user_permissions.clear()


def switched_off(ada, cookie):
    ada.is_active = False
    ada.save()


def signed_out(ada, cookie):
    sign_out(cookie)


def another_password(ada, cookie):
    ada.set_password("another long one")
    ada.save()


def deleted(ada, cookie):
    ada.delete()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (no_permission, SpeechNotAllowed),
        (switched_off, NotSignedIn),
        (signed_out, NotSignedIn),
        (another_password, NotSignedIn),
        (deleted, NotSignedIn),
    ],
)
def test_whoever_lost_what_let_them_speak_is_refused(ada, cookie, ada_speaks, change, error):
    change(ada, cookie)
    with pytest.raises(error):
        speakers.ask_again(speaker=ada_speaks)
