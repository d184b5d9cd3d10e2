from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from captions.errors import BadField
from captions.models import EmbedSite
from captions.origins import parse
from captions.services import embedding
from captions.services.embedding import Visit

pytestmark = pytest.mark.django_db
BLOG = "https://blog.example.org"


def counts(room):
    return {site.origin: (site.accepted, site.refused) for site in embedding.sites_of(room)}


def test_nobody_may_embed_a_room_at_first(room):
    assert embedding.patterns_of(room.pk) == []
    assert not embedding.may_embed(room.pk, parse(BLOG))


def test_a_site_that_is_allowed_may(room, ada):
    embedding.allow(room, f"{BLOG}/2026/post", by=ada)
    assert embedding.patterns_of(room.pk) == [BLOG]
    assert embedding.may_embed(room.pk, parse(BLOG))
    assert not embedding.may_embed(room.pk, parse("https://example.org"))


def test_allowing_again_changes_nothing(room, ada):
    assert embedding.allow(room, BLOG, by=ada) == embedding.allow(room, f"{BLOG}/")


def test_what_is_no_site_is_refused_at_its_field(room):
    with pytest.raises(BadField) as refused:
        embedding.allow(room, "blog.example.org")
    assert refused.value.field == "pattern"


def test_a_room_allows_so_many_sites_and_no_more(room, monkeypatch):
    monkeypatch.setattr(embedding, "MOST_PATTERNS", 2)
    embedding.allow(room, "https://a.example")
    embedding.allow(room, "https://b.example")
    with pytest.raises(BadField, match="Remove one first"):
        embedding.allow(room, "https://c.example")
    embedding.allow(room, "https://a.example")


def test_a_site_that_is_taken_off_the_list_may_no_longer(room):
    embedding.allow(room, BLOG)
    assert embedding.disallow(room, BLOG)
    assert not embedding.may_embed(room.pk, parse(BLOG))
    assert not embedding.disallow(room, BLOG)


def test_who_has_asked_is_counted(room):
    embedding.note([Visit(room.pk, BLOG, accepted=2), Visit(room.pk, "https://b.example", refused=1)])
    embedding.note([Visit(room.pk, BLOG, accepted=1, refused=3)])
    assert counts(room) == {BLOG: (3, 3), "https://b.example": (0, 1)}


def test_whether_a_site_is_allowed_is_said_as_the_list_is_now(room):
    embedding.note([Visit(room.pk, BLOG, refused=1)])
    assert [site.is_allowed for site in embedding.sites_of(room)] == [False]
    embedding.allow(room, "https://*.example.org")
    assert [site.is_allowed for site in embedding.sites_of(room)] == [True]


def test_the_newest_site_comes_first(room):
    embedding.note([Visit(room.pk, BLOG, refused=1)])
    EmbedSite.objects.update(last_at=timezone.now() - dt.timedelta(days=1))
    embedding.note([Visit(room.pk, "https://b.example", refused=1)])
    assert list(counts(room)) == ["https://b.example", BLOG]


def test_sites_that_were_never_let_in_are_forgotten_first(room, monkeypatch):
    monkeypatch.setattr(embedding, "MOST_SITES", 3)
    embedding.note([Visit(room.pk, BLOG, accepted=1)])
    for number in range(5):
        embedding.note([Visit(room.pk, f"https://{number}.example", refused=1)])
    assert set(counts(room)) == {BLOG, "https://3.example", "https://4.example"}


def test_a_room_that_is_gone_is_left_out(room):
    embedding.note([Visit(room.pk + 1000, BLOG, refused=1)])
    assert not EmbedSite.objects.exists()
