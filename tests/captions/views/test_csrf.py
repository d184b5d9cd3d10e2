"""Nothing changes by a request that another site's page can make."""

from __future__ import annotations

import uuid

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from captions.models import Role
from captions.services import rooms
from tests.captions.making import segment_row, session_row

pytestmark = pytest.mark.django_db


def patterns(resolver=None, namespace=""):
    """Every address of the site: its full name, and what stands for its arguments."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(filter(None, [namespace, entry.namespace or ""]))
            yield from patterns(entry, inner)
        elif isinstance(entry, URLPattern):
            yield entry, namespace


def paths():
    """A path for each address, filled in with what exists or with what does not."""
    from django.urls import reverse

    found = {}
    for entry, namespace in patterns():
        name = ":".join(filter(None, [namespace, entry.name or ""]))
        if not entry.name:
            continue
        converters = entry.pattern.converters
        values = [_value(key, type(converter).__name__) for key, converter in converters.items()]
        groups = entry.pattern.regex.groupindex if not converters else {}
        kwargs = dict(zip(converters, values, strict=True)) or dict.fromkeys(groups, "captions")
        found[name] = reverse(name, kwargs=kwargs)
    return found


def _value(key, converter):
    if converter == "UUIDConverter":
        return uuid.UUID(int=1)
    return {"slug": "town-hall", "format": "vtt"}.get(key, "1")


PATHS = paths()


def test_the_walk_finds_what_it_is_to_find():
    for name in ("login", "logout", "room-close", "session-rename", "room-people-add", "admin:login"):
        assert name in PATHS
    assert len(PATHS) > 60


@pytest.fixture
def everything(room, ada, ben):
    """A world of which each row could be changed by its owner."""
    ada.is_staff = ada.is_superuser = True
    ada.save()
    rooms.add_member(room, ben, Role.HOST)
    session = session_row(room, pk=uuid.UUID(int=1))
    segment_row(session)
    return room


@pytest.fixture
def as_owner(everything, ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    return client


def state():
    """All rows of the site, but for when somebody was last here."""
    return {
        model._meta.label: list(model.objects.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.label not in {"sessions.Session", "axes.AccessAttempt"}
    }


def takes_get(client, name):
    return client.get(PATHS[name]).status_code != 405


@pytest.mark.parametrize("name", PATHS)
def test_a_post_without_a_token_is_refused_and_changes_nothing(as_owner, name):
    before = state()
    answer = as_owner.post(PATHS[name], {"title": "taken", "username": "cleo", "role": "host"})
    # 405: it takes no POST at all, and says so before it looks for a token.
    assert answer.status_code == 403 or (answer.status_code == 405 and takes_get(as_owner, name))
    assert state() == before


@pytest.mark.parametrize("name", [name for name in PATHS if name != "once"])
def test_a_get_changes_nothing(as_owner, name):
    before = state()
    as_owner.get(PATHS[name])
    as_owner.head(PATHS[name])
    assert state() == before
