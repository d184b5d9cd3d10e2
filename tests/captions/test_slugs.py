from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions import slugs
from captions.errors import BadField


@pytest.mark.parametrize("slug", ["abc", "town-hall", "2026", "a-b-c", "x" * 50])
def test_a_plain_slug_is_fine(slug):
    assert slugs.validate_slug(slug) == slug


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "ab",
        "x" * 51,
        "Town",
        "a b c",
        "a--b",
        "-ab",
        "ab-",
        "a_b",
        "a.b",
        "abc\n",
        "äbc",
        "abс",
        "admin",
        "new",
    ],
)
def test_others_are_refused(slug):
    with pytest.raises(BadField) as raised:
        slugs.validate_slug(slug)
    assert raised.value.field == "slug"


@given(st.text())
def test_nothing_but_the_named_error_comes_out(text):
    with contextlib.suppress(BadField):
        assert slugs.validate_slug(text).isascii()


def test_a_random_slug_is_one_a_person_could_have_chosen():
    for _ in range(200):
        slug = slugs.random_slug()
        assert len(slugs.validate_slug(slug)) == 10
        assert not set(slug) & set("aeiou01l")
