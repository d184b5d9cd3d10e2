"""Our words in other languages are whole: nothing is missing, left over or out of date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.catalogs import DOMAINS, LANGUAGES, ROOT, compiled, is_whole, kept, path_of, wanted

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
HOLDERS = re.compile(r"%\(\w+\)s|<[^>]+>")
"""What a translation must have as the original does: places for values, and tags with their attributes."""
TAGS = re.compile(
    r"\{% block body_attributes %\}.*?endblock %\}|\{% blocktranslate.*?endblocktranslate %\}"
    r"|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
    re.DOTALL,
)
ATTRIBUTES = re.compile(r'\b(?:aria-label|alt|title|placeholder|label|data-label)="([^"]*)"')
NAMES = {
    "vox",
    "web",
    "voxweb",
    "UTC",
    "English",
    "Deutsch",
    "العربية",
    "Atkinson Hyperlegible",
    "OpenDyslexic",
}
"""What is the same in every language."""

pytestmark = [pytest.mark.parametrize("domain", DOMAINS)]


def texts(catalog):
    return {(m.id if isinstance(m.id, str) else m.id[0]) for m in catalog if m.id}


def test_the_sources_are_read(domain):
    """Were the reader of sources broken, every catalog would be whole."""
    some = {
        "django": {
            "On other sites",
            "Give the room a title.",
            "Begin with https://. Did you mean %(meant)s?",
        },
        "djangojs": {"Display settings", "Stopping", "This session is over. Start a new one."},
    }
    assert texts(wanted(domain)) >= some[domain]
    assert len(texts(wanted(domain))) > 200


@pytest.mark.parametrize("language", LANGUAGES)
class TestALanguage:
    def test_it_has_all_that_is_said_and_no_more(self, domain, language):
        assert texts(kept(domain, language)) == texts(wanted(domain)), "make messages, then translate"

    def test_every_text_is_translated_in_each_of_its_forms(self, domain, language):
        catalog = kept(domain, language)
        assert [m.id for m in catalog if m.id and not is_whole(m, catalog.num_plurals)] == []
        assert [m.id for m in catalog if m.id and m.fuzzy] == []

    def test_values_and_tags_stand_in_a_translation_as_in_the_text(self, domain, language):
        wrong = []
        for message in kept(domain, language):
            originals = [message.id] if isinstance(message.id, str) else [*message.id]
            translations = [message.string] if isinstance(message.string, str) else [*message.string]
            allowed = [sorted(HOLDERS.findall(text)) for text in originals]
            if message.id and not all(sorted(HOLDERS.findall(text)) in allowed for text in translations):
                wrong.append(message.id)
        assert wrong == []

    def test_what_is_read_is_what_was_written(self, domain, language):
        written = compiled(kept(domain, language))
        assert path_of(domain, language, "mo").read_bytes() == written, "make messages"

    def test_it_can_be_chosen(self, domain, language):
        assert language in dict(settings.LANGUAGES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_text_of_a_page_is_left_unmarked(domain: str, path: Path):
    if domain != "django" or "admin" in path.parts:
        return
    page = TAGS.sub("", path.read_text(encoding="utf-8"))
    said = [*re.split(r"<[^>]*>", page), *ATTRIBUTES.findall(page)]
    words = [text.strip(" \n·–:,.0123456789") for text in said]
    assert [text for text in words if re.search(r"[^\W\d_]{2}", text) and text not in NAMES] == []
