"""Django's admin for all that is stored.

What the services decide is asked of them here as well: an edit is a revision, a deletion takes a
version, and the room's readers are told once it is committed. What a machine said, a revision and a
removal are only ever shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from captions import languages, slugs
from captions.conf import conf
from captions.errors import BadField, CaptionError
from captions.live.broadcast import tell_room
from captions.models import (
    GuestLink,
    Kind,
    Membership,
    Removal,
    Revision,
    Room,
    Segment,
    Session,
    State,
    Usage,
)
from captions.plaintext import clean
from captions.services import guests, review, rooms, sessions, usage
from captions.services.captions import Stored
from captions.spending import in_words, minutes_of
from captions.transcripts import phrases
from captions.transcripts.formats import FORMATS

if TYPE_CHECKING:
    _RoomAdmin = admin.ModelAdmin[Room]
    _SessionAdmin = admin.ModelAdmin[Session]
    _SegmentAdmin = admin.ModelAdmin[Segment]
    _RevisionAdmin = admin.ModelAdmin[Revision]
    _RemovalAdmin = admin.ModelAdmin[Removal]
    _MembershipAdmin = admin.ModelAdmin[Membership]
    _GuestLinkAdmin = admin.ModelAdmin[GuestLink]
    _UsageAdmin = admin.ModelAdmin[Usage]
    _MembershipInline = admin.TabularInline[Membership, Room]
    _RevisionInline = admin.TabularInline[Revision, Segment]
    _RoomForm = forms.ModelForm[Room]
    _SessionForm = forms.ModelForm[Session]
else:
    _RoomAdmin = _SessionAdmin = _SegmentAdmin = _RevisionAdmin = admin.ModelAdmin
    _RemovalAdmin = _MembershipAdmin = _GuestLinkAdmin = _UsageAdmin = admin.ModelAdmin
    _MembershipInline = _RevisionInline = admin.TabularInline
    _RoomForm = _SessionForm = forms.ModelForm

SHORT = 80
OFF_AIR = {"type": "status", "live": False, "upstream": "ended"}


# --- shared ----------------------------------------------------------------------------------------


def _text(text: str, language: str = "") -> SafeString:
    """Text as text, in its own language and direction."""
    return format_html('<span dir="auto" lang="{}">{}</span>', language, text)


def _short(text: str, language: str = "") -> SafeString:
    return _text(Truncator(text).chars(SHORT), language)


def _tell(room_id: int, event: dict[str, Any]) -> None:
    """Tell a room's readers once what they are told of is committed."""
    transaction.on_commit(partial(tell_room, room_id, event))


def _tell_revised(stored: Stored) -> None:
    if stored.changed:
        _tell(stored.room_id, {"type": "revised", "version": stored.version, "segment": stored.host_segment})


def _counted(rows: QuerySet[Any], by: str) -> Coalesce:
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


# --- rooms -----------------------------------------------------------------------------------------


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
            raise ValidationError(str(exc)) from exc


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
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        counted = _counted(Session.objects.all(), "room")
        return super().get_queryset(request).annotate(is_live=_is_live(), session_count=counted)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"slug": slugs.random_slug(), "owner": request.user.pk} | super().get_changeform_initial_data(
            request
        )

    @admin.display(description="title", ordering="title")
    def title_shown(self, room: Room) -> SafeString:
        return _short(room.title, room.language)

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
            return _text("none yet")
        level = usage.standing(usage.payer(room, room.owner), conf.limits).room
        days = f"{reverse('admin:captions_usage_changelist')}?room__id__exact={room.pk}"
        words = in_words(level, conf.spend_near_share)
        return format_html('{} · <a href="{}">All days</a>', words, days)

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=[name for name in form.changed_data if name != "is_open"])
        if "is_open" in form.changed_data:
            _open_or_close(obj, obj.is_open)

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        """Nobody deletes a room somebody speaks in."""
        return super().has_delete_permission(request, obj) and not (obj and sessions.is_live(obj.pk))

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        room_id = obj.pk
        rooms.delete_room(obj)
        _tell(room_id, OFF_AIR | {"open": False})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        _delete_each(self, request, queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        chosen = list(objs)
        return _told_before_deleting(
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
        _tell(room.pk, OFF_AIR | {"open": False})


def _delete_each(
    model_admin: RoomAdmin | SessionAdmin, request: HttpRequest, queryset: QuerySet[Any]
) -> None:
    """Delete what can be, and say of the rest why not."""
    for row in queryset:
        try:
            model_admin.delete_model(request, row)
        except CaptionError as exc:
            model_admin.message_user(request, f"{row}: {exc}", messages.ERROR)


def _told_before_deleting(chosen: Sequence[Model], counts: dict[str, int]) -> tuple[Any, ...]:
    """What the page that asks before a deletion says: names and numbers, not thousands of rows."""
    return [str(row) for row in chosen], counts, set(), []


@admin.register(Membership)
class MembershipAdmin(_MembershipAdmin):
    list_display = ("room", "user", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("room", "user")
    search_fields = ("room__title", "room__slug", "user__username")
    autocomplete_fields = ("room", "user")


class GoodFilter(admin.SimpleListFilter):
    """Guest links that open their room, or that no longer do."""

    title = "good"
    parameter_name = "good"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Yes"), ("0", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[GuestLink]) -> QuerySet[GuestLink]:
        good = Q(revoked_at=None, expires_at__gt=timezone.now())
        if self.value() == "1":
            return queryset.filter(good)
        return queryset.exclude(good) if self.value() == "0" else queryset


@admin.register(GuestLink)
class GuestLinkAdmin(_GuestLinkAdmin):
    """Who was let in by a link. The links themselves are on the room's page, for its owner alone."""

    list_display = ("label", "room", "role", "good", "made_by", "created_at", "expires_at", "used_at")
    list_filter = (GoodFilter, "role")
    list_select_related = ("room", "made_by")
    search_fields = ("label", "room__title", "room__slug", "made_by__username")
    actions = ("revoke_links",)
    fields = ("label", "room", "role", "made_by", "created_at", "expires_at", "revoked_at", "used_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A link is made where it can be copied."""
        return False

    @admin.display(description="good", boolean=True)
    def good(self, link: GuestLink) -> bool:
        return link.is_good()

    @admin.action(description="Revoke the selected links", permissions=["change"])
    def revoke_links(self, request: HttpRequest, queryset: QuerySet[GuestLink]) -> None:
        revoked = sum(guests.revoke(link) for link in queryset)
        self.message_user(request, f"Revoked: {revoked}.")


@admin.register(Removal)
class RemovalAdmin(ReadOnly, _RemovalAdmin):
    list_display = ("room", "session_id", "version", "created_at")
    list_select_related = ("room",)
    search_fields = ("room__title", "room__slug")


# --- speech time -----------------------------------------------------------------------------------


class UsedOnFilter(admin.SimpleListFilter):
    """Usage of today, of the last days, or of this month, by the site's calendar."""

    title = "day"
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", "Today"), ("week", "Last 7 days"), ("month", "This month")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Usage]) -> QuerySet[Usage]:
        today = usage.today()
        since = {
            "today": today,
            "week": today - dt.timedelta(days=6),
            "month": today.replace(day=1),
        }.get(self.value() or "")
        return queryset if since is None else queryset.filter(day__gte=since)


@admin.register(Usage)
class UsageAdmin(ReadOnly, _UsageAdmin):
    """What was sent to the speech service; ``manage.py purgeusage`` forgets days long gone."""

    list_display = ("day", "room_shown", "user_shown", "by_guest", "minutes")
    list_filter = (
        UsedOnFilter,
        ("room", admin.RelatedOnlyFieldListFilter),
        ("user", admin.RelatedOnlyFieldListFilter),
        "by_guest",
    )
    list_select_related = ("room", "user")
    search_fields = ("room__title", "room__slug", "user__username")
    date_hierarchy = "day"
    fields = ("day", "room", "user", "by_guest", "minutes")
    change_list_template = "admin/captions/usage/change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        answer = super().changelist_view(request, extra_context)
        shown = answer.context_data if isinstance(answer, TemplateResponse) else None
        if shown is not None and "cl" in shown:
            shown["total_minutes"] = minutes_of(shown["cl"].queryset.total_samples())
            shown["site_today"] = in_words(usage.in_all(conf.limits), conf.spend_near_share)
        return answer

    @admin.display(description="room", ordering="room__title")
    def room_shown(self, row: Usage) -> SafeString:
        return _short(row.room.title, row.room.language) if row.room else _text("(deleted)")

    @admin.display(description="on the account of", ordering="user__username")
    def user_shown(self, row: Usage) -> SafeString:
        return _text(row.user.get_username() if row.user else "(deleted)")

    @admin.display(description="minutes", ordering="samples")
    def minutes(self, row: Usage) -> str:
        return minutes_of(row.samples)


# --- sessions --------------------------------------------------------------------------------------


class SessionForm(_SessionForm):
    """A session's title."""

    def clean_title(self) -> str:
        return clean(self.cleaned_data["title"])


class EndedFilter(admin.SimpleListFilter):
    """Sessions that run, or that are over."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("running", "Running"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        if self.value() not in {"running", "over"}:
            return queryset
        return queryset.filter(ended_at__isnull=self.value() == "running")


@admin.register(Session)
class SessionAdmin(_SessionAdmin):
    form = SessionForm
    list_display = (
        "name",
        "room",
        "hosted_by",
        "language",
        "engine",
        "state",
        "segment_count",
        "started_at",
        "ended_at",
    )
    list_filter = (EndedFilter, "language", "engine")
    list_select_related = ("room", "host", "guest_link")
    search_fields = ("title", "room__title", "room__slug", "host__username", "guest_link__label")
    date_hierarchy = "started_at"
    show_full_result_count = False
    actions = ("end_sessions",)
    fields: ClassVar = [
        "title",
        "room",
        "hosted_by",
        ("language", "engine"),
        ("state", "started_at", "ended_at"),
        "transcript",
    ]
    readonly_fields = (
        "room",
        "hosted_by",
        "language",
        "engine",
        "state",
        "started_at",
        "ended_at",
        "transcript",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        counted = _counted(Segment.objects.speech(), "session")
        return super().get_queryset(request).annotate(segment_count=counted)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Sessions begin on the air."""
        return False

    @admin.display(description="session", ordering="started_at")
    def name(self, session: Session) -> SafeString:
        return _short(str(session), session.language)

    @admin.display(description="host", ordering="host__username")
    def hosted_by(self, session: Session) -> str:
        return session.host_name

    @admin.display(description="state")
    def state(self, session: Session) -> str:
        if session.is_over:
            return "over"
        return "on air" if session.is_on_air() else "left behind"

    @admin.display(description="segments")
    def segment_count(self, session: Session) -> int:
        return int(getattr(session, "segment_count", 0))

    @admin.display(description="transcript")
    def transcript(self, session: Session) -> SafeString:
        links = [
            (reverse("session-review", args=[session.pk]), "Review"),
            (f"{reverse('admin:captions_segment_changelist')}?session__id__exact={session.pk}", "Segments"),
            *(
                (reverse("transcript", args=[session.pk, extension]), made.label)
                for extension, made in FORMATS.items()
            ),
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    def save_model(self, request: HttpRequest, obj: Session, form: Any, change: bool) -> None:
        # Only the title, for a worker may be renewing its lease on the same row.
        sessions.rename(obj, obj.title)

    @admin.action(description="End the selected sessions", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        ended = 0
        for session in queryset.filter(ended_at=None):
            sessions.end(session.pk)
            _tell(session.room_id, OFF_AIR | {"session": str(session.pk)})
            ended += 1
        self.message_user(request, f"Ended: {ended}.")

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """A session is ended before it is deleted."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_over)

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        session_id, room_id = obj.pk, obj.room_id
        version = sessions.delete(obj)
        _tell(room_id, {"type": "removed", "version": version, "session": str(session_id)})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        _delete_each(self, request, queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        chosen = list(objs)
        counts = {
            "sessions": len(chosen),
            "segments": Segment.objects.filter(session__in=chosen).count(),
            "revisions": Revision.objects.filter(segment__session__in=chosen).count(),
        }
        return _told_before_deleting(chosen, counts)


# --- segments --------------------------------------------------------------------------------------


class EditedFilter(admin.SimpleListFilter):
    """Segments whose text is no longer the machine's."""

    title = "edited"
    parameter_name = "edited"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Yes"), ("0", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        if self.value() == "1":
            return queryset.exclude(text=F("machine_text"))
        return queryset.filter(text=F("machine_text")) if self.value() == "0" else queryset


class RevisionInline(ReadOnly, _RevisionInline):
    model = Revision
    fields = ("number", "text", "speaker", "author", "created_at")
    readonly_fields = fields
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        return super().get_queryset(request).select_related("author")


@admin.register(Segment)
class SegmentAdmin(_SegmentAdmin):
    list_display = ("said_at", "text_shown", "room", "session", "kind", "state", "edited", "confidence")
    list_display_links = ("said_at", "text_shown")
    list_filter = ("state", "kind", EditedFilter, "language")
    list_select_related = ("room", "session")
    search_fields = ("text", "machine_text", "speaker", "room__title", "room__slug")
    show_full_result_count = False
    actions = ("mark_reviewed", "mark_approved")
    inlines = (RevisionInline,)
    fields: ClassVar = [
        ("room", "session"),
        ("said_at", "duration", "kind", "language"),
        "text",
        "machine_text_shown",
        ("speaker", "state"),
        "confidence",
        "words_shown",
        ("utterance", "revision", "version", "upstream_ref"),
        ("created_at", "updated_at"),
    ]
    EDITED: ClassVar = {"text", "speaker", "state"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        found = super().get_queryset(request)
        # A list shows no words, and they are most of a row.
        on_list = request.resolver_match is not None and str(request.resolver_match.url_name).endswith(
            "_changelist"
        )
        return found.defer("words") if on_list else found

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        names = [name for row in self.fields for name in ([row] if isinstance(row, str) else row)]
        edited = {"state"} if obj is not None and obj.is_gap else self.EDITED
        return [name for name in names if name not in edited]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Segments come from what was said."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        """A line is struck out by an empty text; what was said goes with its session only."""
        return False

    @admin.display(description="at", ordering="offset_ms")
    def said_at(self, segment: Segment) -> str:
        return phrases.clock(segment.offset_ms)

    @admin.display(description="duration")
    def duration(self, segment: Segment) -> str:
        return f"{segment.duration_ms / 1000:.1f} s"

    @admin.display(description="text", ordering="text")
    def text_shown(self, segment: Segment) -> SafeString:
        text = phrases.gap(segment.duration_ms) if segment.is_gap else segment.text or "(struck out)"
        return _short(text, "" if segment.is_gap else segment.language)

    @admin.display(description="machine text")
    def machine_text_shown(self, segment: Segment) -> SafeString:
        return _text(segment.machine_text, segment.language)

    @admin.display(description="words")
    def words_shown(self, segment: Segment) -> SafeString:
        rows: Iterable[tuple[str, str]] = (
            (phrases.timestamp(word["offset_ms"], "."), word["word"]) for word in segment.words
        )
        return format_html_join(" ", '<span title="{}" dir="auto">{}</span>', rows)

    @admin.display(description="edited", boolean=True)
    def edited(self, segment: Segment) -> bool:
        return segment.is_edited

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        author = request.user if isinstance(request.user, User) else None
        if obj.kind == Kind.SPEECH:
            _tell_revised(review.edit_segment(obj, obj.text, author, speaker=obj.speaker))
        _tell_revised(review.set_state(obj, obj.state))

    @admin.action(description="Mark as reviewed", permissions=["change"])
    def mark_reviewed(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        self._mark(request, queryset, State.REVIEWED)

    @admin.action(description="Mark as approved", permissions=["change"])
    def mark_approved(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        self._mark(request, queryset, State.APPROVED)

    def _mark(self, request: HttpRequest, queryset: QuerySet[Segment], state: State) -> None:
        marked = 0
        # All of them first: marking one gives it a version behind the last.
        for segment in list(queryset.order_by("version")):
            stored = review.set_state(segment, state)
            _tell_revised(stored)
            marked += stored.changed
        self.message_user(request, f"Marked as {state.label.lower()}: {marked}.")


@admin.register(Revision)
class RevisionAdmin(ReadOnly, _RevisionAdmin):
    list_display = ("segment", "number", "text_shown", "speaker", "author", "created_at")
    list_select_related = ("segment", "author")
    list_filter = ("created_at",)
    search_fields = ("text", "speaker", "author__username")
    show_full_result_count = False

    @admin.display(description="text")
    def text_shown(self, revision: Revision) -> SafeString:
        return _short(revision.text)
