"""What VoxNexus' services for listening and for speaking have in common: where the key goes, and errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from captions.upstream.address import Address
from captions.upstream.faults import Fault, classify, text_in, tidy
from captions.upstream.secret import Auth, Secret


def address(url: str, *, key: Secret, auth: Auth) -> Address:
    """The address of a socket with its key, in a header or, where that is set, in the query."""
    if key and auth == "query":
        return Address(url + "?" + urlencode({"token": key.reveal()}), {})
    return Address(url, headers(key))


def headers(key: Secret) -> dict[str, str]:
    """The key as a header; without a key there is none."""
    return {"X-Api-Key": key.reveal()} if key else {}


def fault_in(body: Mapping[str, Any]) -> Fault:
    """The fault in an error, a message's or an answer's (contract, 2.2)."""
    inner = body.get("error")
    if isinstance(inner, dict):
        body = {**body, "error": inner.get("message") or inner.get("error"), "code": inner.get("code")}
    code = tidy(text_in(body, "code"))
    message = tidy(text_in(body, "error") or text_in(body, "message") or code)
    return Fault(
        kind=classify(code, message),
        message=message,
        upstream_code=code,
        request_id=text_in(body, "request_id"),
    )


def read_error(body: bytes) -> Fault | None:
    """The fault in the body of an HTTP refusal; ``None`` where it is something else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return fault_in(found) if isinstance(found, dict) else None
