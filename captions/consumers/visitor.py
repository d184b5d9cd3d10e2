"""Who is at the other end of a socket, and whether the page it was opened from is ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult

from channels.auth import AuthMiddlewareStack
from django.http.request import validate_host

from captions.conf import conf
from captions.errors import NotAllowed
from captions.origins import DEFAULT_PORTS, split
from captions.services.passes import LINKS_KEY, Caller, link_ids


async def caller(scope: dict[str, Any]) -> Caller:
    """Who a socket's session cookie stands for. Costs queries: routes that need none do not ask."""
    found: list[Caller] = []

    async def note(scope: dict[str, Any], receive: Any, send: Any) -> None:
        session = scope["session"]  # read already, for the account
        links = link_ids(session.get(LINKS_KEY))
        found.append(Caller(account=scope["user"], session_key=session.session_key or "", links=links))

    await AuthMiddlewareStack(note)(dict(scope), None, None)
    return found[0]


def require_our_origin(scope: dict[str, Any]) -> None:
    """Raise ``NotAllowed`` for a socket that was opened by somebody else's page, or by no page.

    Any page can open a socket to us, and the browser adds our cookie. Ours is a page of the same
    name and port as the socket itself, if we answer to that name, and what
    ``VOXWEB_TRUSTED_ORIGINS`` lists. Behind a proxy we do not know by which scheme a socket came, so
    either will do, unless the site is one for HTTPS alone.
    """
    if not is_ours(*_origin_and_host(scope)):
        raise NotAllowed("This page may not do that here: it does not belong to this site.")


def refuse_other_sites(scope: dict[str, Any]) -> None:
    """Raise ``NotAllowed`` for a socket that was opened by somebody else's page. Programs may come in."""
    if foreign_origin(scope) is not None:
        raise NotAllowed(
            "This page belongs to another site. Captions are shown there by embedding them:"
            " the room's owner finds how on the room's page."
        )


def foreign_origin(scope: dict[str, Any]) -> str | None:
    """The ``Origin`` of somebody else's page as it was sent; ``None`` for a page of ours, and for no page:
    a program sends none."""
    origin, host = _origin_and_host(scope)
    return None if not origin or is_ours(origin, host) else origin


def _origin_and_host(scope: dict[str, Any]) -> tuple[str, str]:
    headers = {name: value.decode("latin-1") for name, value in scope.get("headers", [])}
    return headers.get(b"origin", ""), headers.get(b"host", "")


def is_ours(origin: str, host: str) -> bool:
    """Whether ``origin`` (``https://name:port``) is a page of the site that ``host`` asks for."""
    trusted = conf.trusted_origins
    if origin in trusted:
        return True
    page, site = split(origin), split(f"//{host}")
    if page is None or site is None or page.scheme not in DEFAULT_PORTS:
        return False
    if any(_matches_wildcard(page, pattern) for pattern in trusted if "://*." in pattern):
        return True
    if conf.https_only and page.scheme != "https":
        return False
    page_port = page.port or DEFAULT_PORTS[page.scheme]
    same_port = site.port == page_port or (site.port is None and page_port in DEFAULT_PORTS.values())
    return same_port and _is_our_name(site) and (page.hostname == site.hostname or _is_listed(page))


def _name(parts: SplitResult) -> str:
    name = parts.hostname or ""
    return f"[{name}]" if ":" in name else name


def _is_our_name(site: SplitResult) -> bool:
    return validate_host(_name(site), conf.allowed_hosts)


def _is_listed(page: SplitResult) -> bool:
    """Another of our names. A list that lets every name in says nothing about whose they are."""
    return validate_host(_name(page), [name for name in conf.allowed_hosts if name != "*"])


def _matches_wildcard(page: SplitResult, pattern: str) -> bool:
    """Django's own form for trusted origins: ``https://*.example.org``."""
    scheme, _, name = pattern.partition("://*")
    return page.scheme == scheme and page.netloc.endswith(name)
