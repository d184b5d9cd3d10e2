"""Browsers of the cast: Ada owns the room, Ben is a member where a test says so, Cleo is a stranger."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture(autouse=True, scope="session")
def collected():
    """Nothing is collected for tests; WhiteNoise warns where there is no folder at all."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_ada(ada):
    return signed_in(ada)


@pytest.fixture
def as_ben(ben):
    return signed_in(ben)


@pytest.fixture
def as_cleo(cleo):
    return signed_in(cleo)


@pytest.fixture
def stranger():
    return Client()
