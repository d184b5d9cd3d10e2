"""Who may embed a room's captions, and who has asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from captions import origins
from captions.admin.shared import ReadOnly
from captions.errors import BadField
from captions.i18n import said
from captions.models import AllowedOrigin, EmbedSite, Room
from captions.services.embedding import MOST_PATTERNS

if TYPE_CHECKING:
    _EmbedSiteAdmin = admin.ModelAdmin[EmbedSite]
    _AllowedOriginInline = admin.TabularInline[AllowedOrigin, Room]
    _AllowedOriginForm = forms.ModelForm[AllowedOrigin]
else:
    _EmbedSiteAdmin = admin.ModelAdmin
    _AllowedOriginInline = admin.TabularInline
    _AllowedOriginForm = forms.ModelForm


class AllowedOriginForm(_AllowedOriginForm):
    """A site, as the services keep it."""

    def clean_pattern(self) -> str:
        try:
            return origins.parse_pattern(self.cleaned_data["pattern"])
        except BadField as exc:
            raise ValidationError(said(exc)) from exc


class AllowedOriginInline(_AllowedOriginInline):
    """The sites of a room. One that is deleted is shown out at once."""

    model = AllowedOrigin
    form = AllowedOriginForm
    fields = ("pattern", "added_by", "created_at")
    readonly_fields = ("added_by", "created_at")
    max_num = MOST_PATTERNS
    extra = 0


@admin.register(EmbedSite)
class EmbedSiteAdmin(ReadOnly, _EmbedSiteAdmin):
    """Sites that have asked for captions. Any program can send any origin, so a row proves nothing."""

    list_display = ("origin", "room", "accepted", "refused", "first_at", "last_at")
    list_filter = (("room", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("room",)
    search_fields = ("origin", "room__title", "room__slug")
