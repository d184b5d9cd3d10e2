"""Sessions: one run of a microphone each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from captions.admin.shared import OFF_AIR, as_short_text, counted_by, delete_each, tell, told_before_deleting
from captions.models import Revision, Segment, Session
from captions.plaintext import clean
from captions.services import sessions
from captions.transcripts.formats import FORMATS

if TYPE_CHECKING:
    _SessionAdmin = admin.ModelAdmin[Session]
    _SessionForm = forms.ModelForm[Session]
else:
    _SessionAdmin = admin.ModelAdmin
    _SessionForm = forms.ModelForm


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
        counted = counted_by(Segment.objects.speech(), "session")
        return super().get_queryset(request).annotate(segment_count=counted)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Sessions begin on the air."""
        return False

    @admin.display(description="session", ordering="started_at")
    def name(self, session: Session) -> SafeString:
        return as_short_text(str(session), session.language)

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
            tell(session.room_id, OFF_AIR | {"session": str(session.pk)})
            ended += 1
        self.message_user(request, f"Ended: {ended}.")

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """A session is ended before it is deleted."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_over)

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        session_id, room_id = obj.pk, obj.room_id
        version = sessions.delete(obj)
        tell(room_id, {"type": "removed", "version": version, "session": str(session_id)})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        delete_each(self, request, queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        chosen = list(objs)
        counts = {
            "sessions": len(chosen),
            "segments": Segment.objects.filter(session__in=chosen).count(),
            "revisions": Revision.objects.filter(segment__session__in=chosen).count(),
        }
        return told_before_deleting(chosen, counts)
