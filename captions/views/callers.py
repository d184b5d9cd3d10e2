"""Who asks for a page, as their cookie says."""

from __future__ import annotations

from django.http import HttpRequest

from captions.models import GuestLink
from captions.services.passes import LINKS_KEY, LINKS_MAX, Caller, link_ids
from captions.services.rooms import signed_in


def caller(request: HttpRequest) -> Caller:
    """The account and the guest links behind a request."""
    session = request.session
    links = link_ids(session.get(LINKS_KEY))
    return Caller(account=request.user, session_key=session.session_key or "", links=links)


def bring(request: HttpRequest, link: GuestLink) -> None:
    """Keep a guest link that was followed, in place of the address that it came in."""
    kept = [str(each) for each in link_ids(request.session.get(LINKS_KEY)) if each != link.pk]
    if signed_in(request.user) is None:
        # Whoever knew the key of this session before must not come in by it. A signed-in one got
        # its key at sign-in; and where its account speaks, another key would mean signed out.
        request.session.cycle_key()
    request.session[LINKS_KEY] = [*kept, str(link.pk)][-LINKS_MAX:]
