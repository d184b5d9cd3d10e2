from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions import languages
from captions.errors import BadField


def test_every_listed_language_is_in_its_usual_spelling_and_there_once():
    tags = [language.tag for language in languages.LANGUAGES]
    assert len(tags) == len(set(tags)) > 90
    assert [languages.normalise(tag) for tag in tags] == tags
    assert all(language.name and language.own_name for language in languages.LANGUAGES)


def test_a_label_has_both_names_where_they_differ():
    labels = dict(languages.choices())
    assert labels["de-DE"] == "German (Germany) · Deutsch (Deutschland)"
    assert labels["en-US"] == "English (United States)"
    assert next(iter(labels)) == "en-US"


@pytest.mark.parametrize(
    ("typed", "usual"),
    [
        ("en-us", "en-US"),
        (" EN_gb ", "en-GB"),
        ("iw", "he"),
        ("sr-latn-rs", "sr-Latn-RS"),
        ("gsw-CH", "gsw-CH"),
        ("es-419", "es-419"),
    ],
)
def test_a_tag_is_brought_into_its_usual_spelling(typed, usual):
    assert languages.normalise(typed) == usual


@pytest.mark.parametrize(
    "typed", ["", " ", "english", "xx-YY", "<b>", "en-US\x00", "e", "x" * 1000, "de-DE-" + "x" * 60, "日本語"]
)
def test_what_is_no_known_tag_is_refused_in_words(typed):
    with pytest.raises(BadField) as raised:
        languages.normalise(typed)
    assert raised.value.field == "language"
    assert len(str(raised.value)) < 120


@given(st.one_of(st.text(), st.from_regex(r"[a-zA-Z]{1,9}(-[a-zA-Z0-9]{1,9}){0,4}", fullmatch=True)))
def test_nothing_but_the_named_error_comes_out(text):
    with contextlib.suppress(BadField):
        assert 0 < len(languages.normalise(text)) <= languages.MAX_LENGTH


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("en-US", "ltr"),
        ("ar-EG", "rtl"),
        ("he", "rtl"),
        ("fa-IR", "rtl"),
        ("ur-PK", "rtl"),
        ("az-Arab-IR", "rtl"),
        ("az-AZ", "ltr"),
        ("ks-Deva", "ltr"),
        ("en-x-arab", "ltr"),
        ("", "ltr"),
    ],
)
def test_direction_follows_the_script_then_the_language(tag, direction):
    assert languages.direction(tag) == direction


def test_names_of_unlisted_languages_are_their_tags():
    assert (languages.name("de-DE"), languages.own_name("ja-JP")) == ("German (Germany)", "日本語")
    assert (languages.name("gsw-CH"), languages.own_name("gsw-CH")) == ("gsw-CH", "gsw-CH")
