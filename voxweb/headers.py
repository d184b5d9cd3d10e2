"""Headers that every answer carries, whatever it is: page, file, stream, redirection or error.

Django's own middleware gives the rest (HSTS, ``X-Content-Type-Options``, ``Referrer-Policy``,
``Cross-Origin-Opener-Policy``).
"""

from __future__ import annotations

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class HeadersMiddleware(CSPMiddleware):
    """django-csp's, without its thread: a header needs none, and there is one for the whole process."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        self.process_request(request)
        return self.process_response(request, await self.get_response(request))  # type: ignore[misc]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # A view that is meant for other sites says so itself. Files are for all: the widget is made of them.
        ours = not request.path_info.startswith(settings.STATIC_URL)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin" if ours else "cross-origin")
        return super().process_response(request, response)

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """The policy, with our sockets by name."""
        parts = super().get_policy_parts(request, response, report_only)
        try:
            sockets = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
        except DisallowedHost:
            return parts
        update = dict(parts.update or {})
        ours = update.get("connect-src") or []
        update["connect-src"] = [*([ours] if isinstance(ours, str) else ours), sockets]
        parts.update = update
        return parts
