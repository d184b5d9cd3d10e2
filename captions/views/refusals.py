"""Django's own refusals, and where their pages are made.

For an exception in an asynchronous request Django makes the page on a thread of the event loop's, where
nobody closes the connection that asking for the reader's account has opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.views import defaults


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such page."""
    with _closed_again():
        return defaults.page_not_found(request, exception)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: not for this reader."""
    with _closed_again():
        return defaults.permission_denied(request, exception)


@contextmanager
def _closed_again() -> Iterator[None]:
    """What is opened inside is closed; a connection that this thread had open stays so."""
    before = {each.alias for each in connections.all(initialized_only=True) if each.connection is not None}
    try:
        yield
    finally:
        for each in connections.all(initialized_only=True):
            if each.connection is not None and each.alias not in before:
                each.close()
