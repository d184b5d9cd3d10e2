"""Rooms, who belongs to them, and what was removed from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from captions import languages, slugs
from captions.admin.embedding import AllowedOriginInline
from captions.admin.shared import (
    OFF_AIR,
    ReadOnly,
    as_short_text,
    as_text,
    counted_by,
    delete_each,
    tell,
    told_before_deleting,
)
from captions.conf import conf
from captions.errors import BadField
from captions.i18n import said
from captions.models import AllowedOrigin, Membership, Removal, Room, Segment, Session
from captions.plaintext import clean
from captions.services import rooms, sessions, usage
from captions.spending import in_words

if TYPE_CHECKING:
    _RoomAdmin = admin.ModelAdmin[Room]
    _RemovalAdmin = admin.ModelAdmin[Removal]
    _MembershipAdmin = admin.ModelAdmin[Membership]
    _MembershipInline = admin.TabularInline[Membership, Room]
    _RoomForm = forms.ModelForm[Room]
else:
    _RoomAdmin = _RemovalAdmin = _MembershipAdmin = admin.ModelAdmin
    _MembershipInline = admin.TabularInline
    _RoomForm = forms.ModelForm


class RoomForm(_RoomForm):
    """A room, with its texts as the services want them."""

    def clean_title(self) -> str:
        title = clean(self.cleaned_data["title"])
        if not title:
            raise ValidationError("A room needs a title.")
        return title

    def clean_language(self) -> str:
        try:
            return languages.normalise(self.cleaned_data["language"])
        except BadField as exc:
            raise ValidationError(said(exc)) from exc


class MembershipInline(_MembershipInline):
    model = Membership
    autocomplete_fields = ("user",)
    extra = 0


class OnAirFilter(admin.SimpleListFilter):
    """Rooms where somebody is on the air."""

    title = "on air"
    parameter_name = "on_air"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Yes"), ("0", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> QuerySet[Room]:
        if self.value() == "1":
            return queryset.filter(_is_live())
        return queryset.exclude(_is_live()) if self.value() == "0" else queryset


def _is_live() -> Exists:
    """Whether somebody is on the air in the room of a row."""
    return Exists(Session.objects.running().filter(room=OuterRef("pk"), lease_until__gt=timezone.now()))


@admin.register(Room)
class RoomAdmin(_RoomAdmin):
    form = RoomForm
    list_display = (
        "title_shown",
        "viewer_link",
        "owner",
        "language",
        "access",
        "is_open",
        "on_air",
        "session_count",
        "created_at",
    )
    list_display_links = ("title_shown",)
    list_filter = (OnAirFilter, "is_open", "access", "language")
    list_select_related = ("owner",)
    search_fields = ("title", "slug", "owner__username")
    autocomplete_fields = ("owner",)
    readonly_fields = ("used_today", "version", "created_at")
    inlines = (MembershipInline, AllowedOriginInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        counted = counted_by(Session.objects.all(), "room")
        return super().get_queryset(request).annotate(is_live=_is_live(), session_count=counted)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"slug": slugs.random_slug(), "owner": request.user.pk} | super().get_changeform_initial_data(
            request
        )

    @admin.display(description="title", ordering="title")
    def title_shown(self, room: Room) -> SafeString:
        return as_short_text(room.title, room.language)

    @admin.display(description="link", ordering="slug")
    def viewer_link(self, room: Room) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("viewer", args=[room.slug]), room.slug)

    @admin.display(description="on air", boolean=True)
    def on_air(self, room: Room) -> bool:
        return bool(getattr(room, "is_live", False))

    @admin.display(description="sessions")
    def session_count(self, room: Room) -> int:
        return int(getattr(room, "session_count", 0))

    @admin.display(description="speech time")
    def used_today(self, room: Room) -> SafeString:
        if room.pk is None:
            return as_text("none yet")
        level = usage.of_room(room, conf.limits)
        days = f"{reverse('admin:captions_usage_changelist')}?room__id__exact={room.pk}"
        words = in_words(level, conf.spend_near_share, gettext)
        return format_html('{} · <a href="{}">All days</a>', words, days)

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=[name for name in form.changed_data if name != "is_open"])
        if "is_open" in form.changed_data:
            _open_or_close(obj, obj.is_open)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for added in formset.extra_forms:
            if isinstance(added.instance, AllowedOrigin) and isinstance(request.user, User):
                added.instance.added_by = request.user
        super().save_formset(request, form, formset, change)

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        """Nobody deletes a room somebody speaks in."""
        return super().has_delete_permission(request, obj) and not (obj and sessions.is_live(obj.pk))

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        room_id = obj.pk
        rooms.delete_room(obj)
        tell(room_id, OFF_AIR | {"open": False})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        delete_each(self, request, queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        chosen = list(objs)
        return told_before_deleting(
            chosen,
            {
                "rooms": len(chosen),
                "sessions": Session.objects.filter(room__in=chosen).count(),
                "segments": Segment.objects.filter(room__in=chosen).count(),
            },
        )


def _open_or_close(room: Room, is_open: bool) -> None:
    if is_open:
        rooms.open_room(room)
    else:
        rooms.close_room(room)
        tell(room.pk, OFF_AIR | {"open": False})


@admin.register(Membership)
class MembershipAdmin(_MembershipAdmin):
    list_display = ("room", "user", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("room", "user")
    search_fields = ("room__title", "room__slug", "user__username")
    autocomplete_fields = ("room", "user")


@admin.register(Removal)
class RemovalAdmin(ReadOnly, _RemovalAdmin):
    list_display = ("room", "session_id", "version", "created_at")
    list_select_related = ("room",)
    search_fields = ("room__title", "room__slug")
