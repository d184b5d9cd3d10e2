"""Who may have text spoken: accounts with the permission ``captions.speak``, while they are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User

from captions.errors import NotSignedIn, SpeechNotAllowed
from captions.services.passes import Caller, sign_in_holds
from captions.services.rooms import Visitor, signed_in

PERMISSION: Final = "captions.speak"


@dataclass(frozen=True, slots=True)
class Speaker:
    """An account that was let in, and the session that it is signed in by.

    Without a session it is one that others speak for, as listeners do for a room's owner: it need not be
    signed in, but must have the permission all the same.
    """

    user_id: int
    session_key: str | None


def may_speak(user: Visitor) -> bool:
    """Whether to offer to have text spoken."""
    account = signed_in(user)
    return account is not None and account.has_perm(PERMISSION)


def speaker(*, caller: Caller) -> Speaker:
    """As whom a caller has text spoken. Raises :class:`NotSignedIn` and :class:`SpeechNotAllowed`."""
    account = signed_in(caller.account)
    if account is None:
        raise NotSignedIn
    if not may_speak(account):
        raise SpeechNotAllowed
    return Speaker(account.pk, caller.session_key)


def ask_again(*, speaker: Speaker) -> None:
    """Raise as :func:`speaker` where somebody who was let in may not go on: permissions are read anew."""
    account = User.objects.filter(pk=speaker.user_id).first()
    if account is None:
        raise NotSignedIn
    if speaker.session_key is not None and not sign_in_holds(account, speaker.session_key):
        raise NotSignedIn
    if not may_speak(account):
        raise SpeechNotAllowed
