"""Correcting what the machine heard. Each edit is a revision; the machine's text stays beside it."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import User
from django.db import transaction

from captions.errors import BadField, SessionUnknown
from captions.models import Kind, Revision, Segment, State
from captions.models.segment import SPEAKER_MAX
from captions.plaintext import clean
from captions.services.captions import Stored
from captions.services.sessions import locked_session, next_version
from captions.words import gettext_noop as _


@transaction.atomic
def edit_segment(segment: Segment, text: str, author: User | None, *, speaker: str | None = None) -> Stored:
    """Give a segment another text, and another speaker unless that is ``None``.

    An empty text strikes the line out. The next revision keeps both with the author; the room's
    next version tells its readers. Where nothing changes there is neither. ``segment`` itself is
    not brought up to date. Raises :class:`BadField` (a gap has no text; a speaker's name is too
    long) and :class:`SessionUnknown` for a segment that is gone.
    """
    row = _locked(segment.pk, segment.session_id)
    if row.kind == Kind.GAP:
        raise BadField("text", _("Audio was lost here: there is no text to correct."))
    text = clean(text)
    speaker = row.speaker if speaker is None else clean(speaker)
    if len(speaker) > SPEAKER_MAX:
        raise BadField("speaker", _("A speaker's name has %(most)s characters at most."), most=SPEAKER_MAX)
    if (text, speaker) == (row.text, row.speaker):
        return Stored.of(row, changed=False)
    row.text, row.speaker = text, speaker
    row.revision += 1
    row.version = next_version(row.room_id)
    row.save(update_fields=["text", "speaker", "revision", "version", "updated_at"])
    Revision.objects.create(segment=row, number=row.revision, text=text, speaker=speaker, author=author)
    return Stored.of(row, changed=True)


@transaction.atomic
def set_state(segment: Segment, state: str) -> Stored:
    """Mark a segment draft, reviewed or approved; readers learn of it by the room's next version.

    Raises :class:`BadField` for another state, :class:`SessionUnknown` for a segment that is gone.
    """
    if state not in State.values:
        raise BadField("state", _("A segment is a draft, reviewed or approved."))
    row = _locked(segment.pk, segment.session_id)
    if row.state == state:
        return Stored.of(row, changed=False)
    row.state = state
    row.version = next_version(row.room_id)
    row.save(update_fields=["state", "version", "updated_at"])
    return Stored.of(row, changed=True)


def _locked(segment_id: uuid.UUID, session_id: uuid.UUID) -> Segment:
    """The segment as it stands now, with its room's row locked."""
    locked_session(session_id)
    try:
        return Segment.objects.get(pk=segment_id)
    except Segment.DoesNotExist as exc:
        raise SessionUnknown from exc
