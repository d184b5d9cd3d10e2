"""Blind votes: which of two tries somebody liked better."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet

from captions.errors import BadField, SpeechUnknown
from captions.models import Choice, Try, Vote
from captions.words import gettext_noop as _

VOTES_MAX: Final = 2_000
"""Votes that are kept of one account."""
_OTHER: Final = {Choice.A: Choice.B, Choice.B: Choice.A, Choice.NONE: Choice.NONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """How a voice has done: votes for it, against it, and for neither."""

    provider: str
    voice: str
    won: int
    lost: int
    even: int


@transaction.atomic
def vote(*, owner: User, a: uuid.UUID, b: uuid.UUID, choice: str) -> tuple[Try, Try]:
    """Keep which of two of one's own tries was better, in place of an earlier vote on them; both tries.

    Raises :class:`BadField` and :class:`SpeechUnknown`.
    """
    if choice not in Choice.values:
        raise BadField("choice", _('A choice is "a", "b" or "none".'))
    if a == b:
        raise BadField("b", _("Compare two tries: these are one and the same."))
    found = Try.objects.filter(owner=owner).in_bulk([a, b])
    if len(found) < 2:
        raise SpeechUnknown
    first, second, kept = (a, b, Choice(choice)) if a < b else (b, a, _OTHER[Choice(choice)])
    Vote.objects.update_or_create(
        owner=owner,
        a=found[first],
        b=found[second],
        defaults={
            "a_provider": found[first].provider,
            "a_voice": found[first].voice,
            "b_provider": found[second].provider,
            "b_voice": found[second].voice,
            "choice": kept,
        },
    )
    beyond = Vote.objects.filter(owner=owner).order_by("-made_at", "-pk")[VOTES_MAX:]
    Vote.objects.filter(pk__in=list(beyond.values_list("pk", flat=True))).delete()
    return found[a], found[b]


def sums(*, owner: User | None = None) -> list[Sum]:
    """How each voice has done, the best first: with one account, or with all of them."""
    votes = Vote.objects.all() if owner is None else Vote.objects.filter(owner=owner)
    won: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    even: Counter[tuple[str, str]] = Counter()
    for first, second, choice, count in _counted(votes):
        won[first] += count * (choice == Choice.A)
        lost[first] += count * (choice == Choice.B)
        won[second] += count * (choice == Choice.B)
        lost[second] += count * (choice == Choice.A)
        even.update({first: count, second: count} if choice == Choice.NONE else {})
    return [
        Sum(provider=voice[0], voice=voice[1], won=won[voice], lost=lost[voice], even=even[voice])
        for voice in sorted({*won, *lost, *even}, key=lambda each: (-won[each], lost[each], each))
    ]


def _counted(votes: QuerySet[Vote]) -> list[tuple[tuple[str, str], tuple[str, str], str, int]]:
    columns = ("a_provider", "a_voice", "b_provider", "b_voice", "choice")
    rows = votes.order_by().values_list(*columns).annotate(n=Count("pk"))
    return [((row[0], row[1]), (row[2], row[3]), row[4], row[5]) for row in rows]
