"""Segments, with what a machine said and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from captions.admin.shared import ReadOnly, as_short_text, as_text, tell_revised
from captions.models import Kind, Revision, Segment, State
from captions.services import review
from captions.transcripts import phrases

if TYPE_CHECKING:
    _SegmentAdmin = admin.ModelAdmin[Segment]
    _RevisionAdmin = admin.ModelAdmin[Revision]
    _RevisionInline = admin.TabularInline[Revision, Segment]
else:
    _SegmentAdmin = _RevisionAdmin = admin.ModelAdmin
    _RevisionInline = admin.TabularInline


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
        return as_short_text(text, "" if segment.is_gap else segment.language)

    @admin.display(description="machine text")
    def machine_text_shown(self, segment: Segment) -> SafeString:
        return as_text(segment.machine_text, segment.language)

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
            tell_revised(review.edit_segment(obj, obj.text, author, speaker=obj.speaker))
        tell_revised(review.set_state(obj, obj.state))

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
            tell_revised(stored)
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
        return as_short_text(revision.text)
