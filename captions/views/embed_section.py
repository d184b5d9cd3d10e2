"""What a room's page shows of embedding: who may, what to paste, who has asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from captions import embed_codes
from captions.forms import AllowedOriginForm
from captions.models import Room
from captions.services import embedding

NEWEST_SITES: Final = 10
"""Sites that have asked and are shown at once; the rest is folded away."""


@dataclass(frozen=True, slots=True)
class Code:
    """Something to copy: its name, what it is for, its lines."""

    key: str
    label: str
    about: str
    text: str

    @property
    def rows(self) -> int:
        return self.text.count("\n") + 3  # they wrap


def shown(request: HttpRequest, room: Room, form: AllowedOriginForm | None = None) -> dict[str, Any]:
    """What the room's page shows of it, with the form as it came back where something was wrong with it."""
    sites = embedding.sites_of(room)
    site = request.build_absolute_uri("/").rstrip("/")
    return {
        "form": form or AllowedOriginForm(),
        "allowed": embedding.patterns_of(room.pk),
        "newest": sites[:NEWEST_SITES],
        "older": sites[NEWEST_SITES:],
        "codes": codes(site, room),
        "policy": "\n".join(embed_codes.policy_lines(site)),
    }


def codes(site: str, room: Room) -> list[Code]:
    """What there is to paste, the best one first."""
    title = _("Live captions: %(title)s") % {"title": room.title}
    return [
        Code(
            "script",
            _("Script"),
            _("Captions as a part of the page, which can be styled."),
            embed_codes.script_code(site, room.slug),
        ),
        Code(
            "frame",
            _("Frame"),
            _("For where no script may be added."),
            embed_codes.frame_code(site, room.slug, title=title),
        ),
        Code(
            "wordpress",
            _("WordPress"),
            _("Paste it into the editor: it becomes a block of its own."),
            embed_codes.wordpress_code(site, room.slug, title=title),
        ),
    ]
