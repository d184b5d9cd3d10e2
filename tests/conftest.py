"""The cast of the tests: Ada owns a room, Ben views, Cleo is a stranger with an account."""

from __future__ import annotations

import socket

import pytest
from hypothesis import HealthCheck, settings

from tests.fuzz.effort import IS_LONG

# The same examples every time, unless somebody looks for others. A busy machine says nothing about our code.
settings.register_profile(
    "voxweb",
    derandomize=not IS_LONG,
    database=None if not IS_LONG else settings.default.database,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("voxweb")


def answers(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


@pytest.fixture
def ada(db, django_user_model):
    return django_user_model.objects.create_user("ada", password="a long enough one")


@pytest.fixture
def ben(db, django_user_model):
    return django_user_model.objects.create_user("ben", password="a long enough one")


@pytest.fixture
def cleo(db, django_user_model):
    return django_user_model.objects.create_user("cleo", password="a long enough one")


@pytest.fixture
def room(ada):
    from captions.services.rooms import create_room

    return create_room(owner=ada, title="Town hall", language="en-US", slug="town-hall")


@pytest.fixture(scope="session", autouse=True)
def no_connection_is_left_behind(django_db_setup, django_db_blocker):
    """The app's database threads outlive a test; a test database is dropped without them."""
    yield
    from captions import database

    database.close()
    with django_db_blocker.unblock():
        end_sessions_of_others()


def end_sessions_of_others():
    """A process that was killed leaves a session for a while, and PostgreSQL drops no database under it.
    That pages leave none is what ``views/test_connections.py`` asks.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid), state, left(query, 200) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for _ended, state, query in cursor.fetchall():
            print(f"\nEnded what was left of the test database: {state}, {query}")
