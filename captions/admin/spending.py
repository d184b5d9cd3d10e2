"""Speech time, by day, room and account."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from captions.admin.shared import ReadOnly, as_short_text, as_text
from captions.conf import conf
from captions.models import Usage
from captions.services import usage
from captions.spending import in_words, minutes_of

if TYPE_CHECKING:
    _UsageAdmin = admin.ModelAdmin[Usage]
else:
    _UsageAdmin = admin.ModelAdmin


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
            shown["site_today"] = in_words(usage.in_all(conf.limits), conf.spend_near_share, gettext)
        return answer

    @admin.display(description="room", ordering="room__title")
    def room_shown(self, row: Usage) -> SafeString:
        return as_short_text(row.room.title, row.room.language) if row.room else as_text("(none or deleted)")

    @admin.display(description="on the account of", ordering="user__username")
    def user_shown(self, row: Usage) -> SafeString:
        return as_text(row.user.get_username() if row.user else "(deleted)")

    @admin.display(description="minutes", ordering="samples")
    def minutes(self, row: Usage) -> str:
        return minutes_of(row.samples)
