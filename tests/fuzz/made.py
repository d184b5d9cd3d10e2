"""What fuzz tests are made of: values that no schema knows, and messages that are nearly right.

Nearly right finds more than noise: it gets past the first check.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = [
    *("", " ", "\x00", "a\x00b", "\ud800", "\u2028", "\ufeff", "\u202e", "%00", "../..", "<b>", "{{7*7}}"),
    *("9" * 40, "x" * 100, "x" * 255, "x" * 5000),
]
ODD_NUMBERS = [
    *(-1, 0, 1, 0.5, 2**15, 2**31 - 1, 2**31, 2**32, 2**40, 2**53 + 1, 2**63 - 1, 2**63, 2**64),
    *(1e308, 10**400),
]
# Halves of surrogate pairs are among the characters.
texts = st.text(st.characters(), max_size=30) | st.sampled_from(ODD_TEXTS)
numbers = st.integers() | st.floats() | st.sampled_from(ODD_NUMBERS)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=6,
)
"""Anything that JSON can say, and NaN."""

Message = dict[str, Any]


@st.composite
def nearly(draw: st.DrawFn, *right: Message) -> Message:
    """One of these messages, whole or with fields changed, left out and added."""
    message = dict(draw(st.sampled_from(right)))
    for name in draw(st.lists(st.sampled_from(sorted(message)), max_size=2)):
        if draw(st.integers(0, 3)):
            message[name] = draw(values)
        else:
            message.pop(name, None)
    if not draw(st.integers(0, 3)):
        message[draw(texts)] = draw(values)
    return message


@st.composite
def mangled(draw: st.DrawFn, strategy: st.SearchStrategy[str]) -> str:
    """A text with a piece cut out, or with something put in."""
    text = draw(strategy)
    at = draw(st.integers(0, len(text)))
    until = draw(st.integers(at, min(len(text), at + 20)))
    return text[:at] + draw(st.just("") | texts) + text[until:]


NO_MESSAGES = ["[" * 20_000, '{"type":' * 1_500, '"' + "\\ud800" * 10 + '"', "1" * 5_000, "NaN"]


def said(*right: Message) -> st.SearchStrategy[str]:
    """Text messages: mostly nearly right, some broken, some no JSON at all."""
    close = nearly(*right).map(json.dumps)
    return st.one_of(
        close, close, mangled(close), values.map(json.dumps), texts, st.sampled_from(NO_MESSAGES)
    )


odd_bytes = st.binary(max_size=200)


def in_utf8(text: str) -> bytes:
    """As a careless program would write it: halves of characters and all."""
    return text.encode("utf-8", "surrogatepass")
