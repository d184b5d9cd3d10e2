from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.plaintext import clean


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("  two   words\t\there ", "two words here"),
        ("a\r\nb\rc\vd\fe\x85f\u2028g\u2029h", "a b c d e f g h"),
        ("\x1b[31mred\x00\x7f\x9b", "[31mred"),
        ("\ufeffmark", "mark"),
        ("<b>&amp;</b> --> 'x'", "<b>&amp;</b> --> 'x'"),
        ("\u202eabc\u202c \u2067שלום\u2069", "\u202eabc\u202c \u2067שלום\u2069"),
        ("👩‍👩‍👧 🏳️‍🌈", "👩‍👩‍👧 🏳️‍🌈"),
        ("5\u00a0000", "5\u00a0000"),
        ("\udc00 \ud83d", "\ufffd \ufffd"),
    ],
)
def test_only_what_is_no_text_goes(text, kept):
    assert clean(text) == kept


def test_lines_are_kept_where_they_are_wanted():
    assert clean(" one \r\n\t two\u2029\u0000 three \n", lines=True) == "one\ntwo\nthree"


@given(st.text(st.characters()), st.booleans())
def test_anything_becomes_text_that_can_be_stored_and_stays_itself(text, lines):
    cleaned = clean(text, lines=lines)
    cleaned.encode()
    assert clean(cleaned, lines=lines) == cleaned
    assert not any(ord(char) < 32 and char != "\n" for char in cleaned)
    assert lines or "\n" not in cleaned
