"""What several pages of the admin have in common: how texts are shown, and who is told of a change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from captions.errors import CaptionError
from captions.live.broadcast import tell_room
from captions.services.captions import Stored

SHORT = 80
OFF_AIR = {"type": "status", "live": False, "upstream": "ended"}


def as_text(text: str, language: str = "") -> SafeString:
    """Text as text, in its own language and direction."""
    return format_html('<span dir="auto" lang="{}">{}</span>', language, text)


def as_short_text(text: str, language: str = "") -> SafeString:
    """The beginning of it, for a list."""
    return as_text(Truncator(text).chars(SHORT), language)


def tell(room_id: int, event: dict[str, Any]) -> None:
    """Tell a room's readers once what they are told of is committed."""
    transaction.on_commit(partial(tell_room, room_id, event))


def tell_revised(stored: Stored) -> None:
    """Tell them of an edit, if it changed anything."""
    if stored.changed:
        tell(stored.room_id, {"type": "revised", "version": stored.version, "segment": stored.host_segment})


def counted_by(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many of ``rows`` belong to each row of a list, counted only for the rows shown."""
    found = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(n=Count("pk"))
    return Coalesce(Subquery(found.values("n"), output_field=models.IntegerField()), 0)


class ReadOnly:
    """An admin that shows and changes nothing."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def delete_each(model_admin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]) -> None:
    """Delete what can be, and say of the rest why not."""
    for row in queryset:
        try:
            model_admin.delete_model(request, row)
        except CaptionError as exc:
            model_admin.message_user(request, f"{row}: {exc}", messages.ERROR)


def told_before_deleting(chosen: Sequence[Model], counts: dict[str, int]) -> tuple[Any, ...]:
    """What the page that asks before a deletion says: names and numbers, not thousands of rows."""
    return [str(row) for row in chosen], counts, set(), []
