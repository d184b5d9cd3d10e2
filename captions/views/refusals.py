"""Django's own refusals, and where their pages are made.

For an exception in an asynchronous request Django makes the page on a thread of the event loop's, where
nobody closes the connection that asking for the reader's account has opened.
"""

from __future__ import annotations

from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.views import defaults


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such page."""
    try:
        return defaults.page_not_found(request, exception)
    finally:
        close_old_connections()


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: not for this reader."""
    try:
        return defaults.permission_denied(request, exception)
    finally:
        close_old_connections()
