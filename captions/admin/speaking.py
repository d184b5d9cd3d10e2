"""What was spoken on the playground: who tried which voice, and what it cost. Texts are for their owners."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from captions.admin.shared import ReadOnly, as_short_text, as_text
from captions.admin.spending import UsedOnFilter
from captions.models import Characters, Try, Vote

if TYPE_CHECKING:
    _TryAdmin = admin.ModelAdmin[Try]
    _CharactersAdmin = admin.ModelAdmin[Characters]
    _VoteAdmin = admin.ModelAdmin[Vote]
else:
    _TryAdmin = _CharactersAdmin = _VoteAdmin = admin.ModelAdmin


@admin.register(Try)
class TryAdmin(_TryAdmin):
    """Tries without what was said in them. They may be deleted."""

    list_display = ("made_at", "owner", "provider", "voice_shown", "characters", "ended", "is_shared")
    list_filter = ("provider", "ended", "is_shared")
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    date_hierarchy = "made_at"
    fields = (
        *("owner", "made_at", "provider", "voice_shown", "language", "characters"),
        *("ended", "timing_shown", "is_shared", "shares_audio", "audio_bytes"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Try]:
        return super().get_queryset(request).select_related("owner")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="voice", ordering="voice")
    def voice_shown(self, row: Try) -> SafeString:
        return as_short_text(row.voice)

    @admin.display(description="language")
    def language(self, row: Try) -> SafeString:
        return as_text(str(row.speech.get("language", "")) or "(the voice's own)")

    @admin.display(description="timing")
    def timing_shown(self, row: Try) -> SafeString:
        return as_text(json.dumps(row.timing, indent=1))

    @admin.display(description="bytes of audio kept")
    def audio_bytes(self, row: Try) -> int:
        return row.audio.size_bytes if hasattr(row, "audio") else 0


@admin.register(Characters)
class CharactersAdmin(ReadOnly, _CharactersAdmin):
    """What was sent to services that speak; ``manage.py purgeusage`` forgets days long gone."""

    list_display = ("day", "user_shown", "provider", "characters")
    list_filter = (UsedOnFilter, "provider", ("user", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("user__username",)
    date_hierarchy = "day"
    fields = ("day", "user", "provider", "characters")

    @admin.display(description="on the account of", ordering="user__username")
    def user_shown(self, row: Characters) -> SafeString:
        return as_text(row.user.get_username() if row.user else "(deleted)")


@admin.register(Vote)
class VoteAdmin(ReadOnly, _VoteAdmin):
    """Which of two voices somebody liked better, without knowing whose they were."""

    list_display = ("made_at", "owner", "first", "second", "choice")
    list_filter = ("choice", "a_provider", "b_provider")
    list_select_related = ("owner",)
    search_fields = ("owner__username", "a_voice", "b_voice")
    fields = ("owner", "made_at", "first", "second", "choice")

    @admin.display(description="first voice")
    def first(self, row: Vote) -> SafeString:
        return as_short_text(f"{row.a_provider} · {row.a_voice}")

    @admin.display(description="second voice")
    def second(self, row: Vote) -> SafeString:
        return as_short_text(f"{row.b_provider} · {row.b_voice}")
