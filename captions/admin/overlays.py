"""Links by which overlays show a room's captions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from captions.models import OverlayLink
from captions.services import overlays

if TYPE_CHECKING:
    _OverlayLinkAdmin = admin.ModelAdmin[OverlayLink]
else:
    _OverlayLinkAdmin = admin.ModelAdmin


class RevokedFilter(admin.SimpleListFilter):
    """Overlay links that show their room's captions, or that no longer do."""

    title = gettext_lazy("good")
    parameter_name = "good"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("Yes")), ("0", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OverlayLink]) -> QuerySet[OverlayLink]:
        if self.value() in {"0", "1"}:
            return queryset.filter(revoked_at__isnull=self.value() == "1")
        return queryset


@admin.register(OverlayLink)
class OverlayLinkAdmin(_OverlayLinkAdmin):
    """Where captions are shown by a link. The links themselves are on the builder's page, for the owner."""

    list_display = ("label", "room", "good", "made_by", "created_at", "used_at")
    list_filter = (RevokedFilter,)
    list_select_related = ("room", "made_by")
    search_fields = ("label", "room__title", "room__slug", "made_by__username")
    actions = ("revoke_links",)
    fields = ("label", "room", "made_by", "created_at", "revoked_at", "used_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A link is made where it can be copied."""
        return False

    @admin.display(description=gettext_lazy("good"), boolean=True)
    def good(self, link: OverlayLink) -> bool:
        return not link.is_revoked

    @admin.action(description=gettext_lazy("Revoke the selected links"), permissions=["change"])
    def revoke_links(self, request: HttpRequest, queryset: QuerySet[OverlayLink]) -> None:
        revoked = sum(overlays.revoke(link) for link in queryset)
        self.message_user(request, _("Revoked: %(count)s.") % {"count": revoked})
