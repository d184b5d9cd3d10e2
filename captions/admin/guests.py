"""Links by which guests without an account are let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from captions.models import GuestLink
from captions.services import guests

if TYPE_CHECKING:
    _GuestLinkAdmin = admin.ModelAdmin[GuestLink]
else:
    _GuestLinkAdmin = admin.ModelAdmin


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
