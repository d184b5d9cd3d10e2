"""Origins of web pages (RFC 6454), and patterns of those that may embed a room's captions. Pure.

A pattern is an origin, or one with a wildcard as its left-most label: ``https://*.example.org`` stands for
all subdomains of ``example.org``, at any depth, and not for ``example.org`` itself, as in a
Content-Security-Policy (CSP 3, 6.7.2.8), into which patterns go as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna

from captions.errors import BadField
from captions.words import gettext_noop as _

MAX_LENGTH: Final = 255
"""Characters of an origin: a host name has 253 at most; longer ones are nobody's."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_WILDCARD: Final = "*."
_NO_ADDRESS: Final = _("This is not the address of a site. Check it for typing errors.")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, name and port of a page. ``host`` is lower-case ASCII; an IPv6 address has its brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def split(url: str) -> SplitResult | None:
    """The parts of an address that names a host; ``None`` for any other text."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def parse(text: str) -> Origin | None:
    """The origin of an ``Origin`` header; ``None`` for ``null``, files, extensions and all that is none."""
    if len(text) > MAX_LENGTH or not text.isascii() or not text.isprintable():
        return None
    parts = split(text)
    if parts is None or parts.path or parts.query or parts.fragment or "@" in parts.netloc or "?" in text:
        return None
    return _origin(parts)


def of_address(url: str) -> Origin | None:
    """The origin of a page by its address, as a ``Referer`` has it; ``None`` for all that is none."""
    parts = split(url) if url.isascii() and url.isprintable() else None
    return None if parts is None or "@" in parts.netloc else _origin(parts)


def _origin(parts: SplitResult) -> Origin | None:
    if parts.scheme not in DEFAULT_PORTS:
        return None
    name = parts.hostname or ""
    host = _address(name) if "[" in parts.netloc else _name(name)
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    if not host or not port:
        return None
    origin = Origin(parts.scheme, host, port)
    return origin if len(str(origin)) <= MAX_LENGTH else None


def _address(name: str) -> str:
    """An IPv6 address as browsers write it, ``""`` for what is none."""
    try:
        address = IPv6Address(name)
    except AddressValueError:
        return ""
    # A zone may hold anything, a semicolon as well, and means nothing to a browser.
    return "" if address.scope_id else f"[{address}]"


def _name(name: str) -> str:
    """A host as browsers write it, ``""`` for what is none."""
    if len(name) > MAX_LENGTH:
        return ""
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except UnicodeError:
            return ""
    return name.lower() if _HOST.fullmatch(name.lower()) else ""


def parse_pattern(typed: str) -> str:
    """The pattern that somebody means, as it is kept. An address with a path stands for its origin.

    Raises :class:`BadField` with a sentence that says what to type instead.
    """
    typed = typed.strip()
    if not typed or len(typed) > 2000 or not typed.isprintable():
        raise BadField("pattern", _("Type the address of the site, such as https://example.org."))
    scheme, mark, rest = typed.partition("://")
    if not mark:
        raise _without_scheme(typed)
    if scheme.lower() not in DEFAULT_PORTS:
        raise BadField("pattern", _("The address of a site begins with https:// or http://."))
    wild = rest.startswith(_WILDCARD)
    name = rest.removeprefix(_WILDCARD)
    if "*" in name.partition("/")[0]:
        raise BadField(
            "pattern", _("A * may stand for the first part of a name only, as in https://*.example.org.")
        )
    parts = split(f"{scheme.lower()}://{name}")
    if parts is None:
        raise BadField("pattern", _NO_ADDRESS)
    if "@" in parts.netloc:
        raise BadField("pattern", _("Leave the name and password out of the address."))
    origin = _origin(parts)
    if origin is None:
        raise BadField("pattern", _NO_ADDRESS)
    if wild and (origin.host.count(".") < 1 or origin.host.startswith("[") or _is_number(origin.host)):
        raise BadField(
            "pattern", _("That would allow very many sites. Name one, as in https://*.example.org.")
        )
    pattern = str(origin) if not wild else str(origin).replace("://", f"://{_WILDCARD}", 1)
    if len(pattern) > MAX_LENGTH:
        raise BadField("pattern", _("This address is too long to be one of a site."))
    return pattern


def _without_scheme(typed: str) -> BadField:
    try:
        meant = parse_pattern(f"https://{typed}")
    except BadField:
        return BadField("pattern", _("Type the whole address of the site, such as https://example.org."))
    return BadField("pattern", _("Begin with https://. Did you mean %(meant)s?"), meant=meant)


def _is_number(host: str) -> bool:
    return host.rpartition(".")[2].isdigit()


def matches(pattern: str, origin: Origin) -> bool:
    """Whether a kept pattern (:func:`parse_pattern`) stands for this origin."""
    scheme, _, rest = pattern.partition("://")
    if not rest.startswith(_WILDCARD):
        return pattern == str(origin)
    apex = parse(f"{scheme}://{rest.removeprefix(_WILDCARD)}")
    return (
        apex is not None
        and (apex.scheme, apex.port) == (origin.scheme, origin.port)
        and origin.host.endswith(f".{apex.host}")
    )
