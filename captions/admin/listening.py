"""Rooms whose captions are read out, by whom, and what it has cost. What was read out is for who listened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from captions.admin.shared import ReadOnly, as_short_text, as_text
from captions.admin.spending import UsedOnFilter
from captions.models import Listening, ReadOut
from captions.services.listening import MOST_CHARACTERS, NO_VOICE, voices_of

if TYPE_CHECKING:
    _ListeningForm = forms.ModelForm[Listening]
    _ListeningAdmin = admin.ModelAdmin[Listening]
    _ReadOutAdmin = admin.ModelAdmin[ReadOut]
else:
    _ListeningForm = forms.ModelForm
    _ListeningAdmin = _ReadOutAdmin = admin.ModelAdmin


class _Form(_ListeningForm):
    characters_per_day = forms.IntegerField(min_value=0, max_value=MOST_CHARACTERS)

    def clean_is_on(self) -> bool:
        is_on = bool(self.cleaned_data["is_on"])
        if is_on and not voices_of(self.instance):
            raise forms.ValidationError(NO_VOICE)
        return is_on


@admin.register(Listening)
class ListeningAdmin(_ListeningAdmin):
    """An administrator stops it, or gives it another limit; the voices are the owner's choice."""

    form = _Form
    list_display = ("room_shown", "is_on", "voices_shown", "characters_per_day", "owner")
    list_filter = ("is_on",)
    list_select_related = ("room__owner",)
    search_fields = ("room__title", "room__slug", "room__owner__username")
    fields = ("room_shown", "owner", "is_on", "characters_per_day", "voices_shown")
    readonly_fields = ("room_shown", "owner", "voices_shown")
    actions = ("stop",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="room", ordering="room__title")
    def room_shown(self, row: Listening) -> SafeString:
        return as_short_text(row.room.title, row.room.language)

    @admin.display(description="on the account of", ordering="room__owner__username")
    def owner(self, row: Listening) -> SafeString:
        return as_text(row.room.owner.get_username())

    @admin.display(description="voices")
    def voices_shown(self, row: Listening) -> SafeString:
        return as_text(", ".join(voice.name for voice in voices_of(row)) or "(none)")

    @admin.action(description="Let nobody listen along any more", permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Listening]) -> None:
        stopped = queryset.filter(is_on=True).update(is_on=False)
        self.message_user(request, f"Stopped. Rooms where it was on: {stopped}.")


@admin.register(ReadOut)
class ReadOutAdmin(ReadOnly, _ReadOutAdmin):
    """Characters by room and day; ``manage.py purgeusage`` forgets days long gone."""

    list_display = ("day", "room_shown", "owner", "characters")
    list_filter = (UsedOnFilter, ("room", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("room__owner",)
    search_fields = ("room__title", "room__slug", "room__owner__username")
    date_hierarchy = "day"
    fields = ("day", "room", "characters")

    @admin.display(description="room", ordering="room__title")
    def room_shown(self, row: ReadOut) -> SafeString:
        return as_short_text(row.room.title, row.room.language)

    @admin.display(description="on the account of", ordering="room__owner__username")
    def owner(self, row: ReadOut) -> SafeString:
        return as_text(row.room.owner.get_username())
