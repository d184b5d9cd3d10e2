"""Our own words in the language of whoever reads a page.

Sockets, exports and logs stay English: they are read by programs, and by more than one person.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JSONCatalog

from captions.errors import CaptionError

Catalog = dict[str, str | list[str]]

ENGLISH = "en"


def is_english() -> bool:
    """Whether the page that is being made is in English."""
    return (get_language() or ENGLISH).partition("-")[0] == ENGLISH


def said(error: CaptionError) -> str:
    """The sentence of an error, for the reader of a page."""
    template = gettext(error.template)
    return template % error.values if error.values else template


@cache
def catalog(language: str) -> Catalog:
    """What our scripts say, by what it is in English; each plural form where there are several.

    With the sentences that a socket may send.
    """
    return _Scripts().catalog_of(language)


class _Scripts(JSONCatalog):
    """Django's view of a catalog for scripts, asked for what it would send."""

    def catalog_of(self, language: str) -> Catalog:
        self.translation = DjangoTranslation(
            language, domain=self.domain, localedirs=self.get_paths(["captions"])
        )
        found: dict[str, Any] = self.get_catalog()
        return dict(sorted(found.items()))
