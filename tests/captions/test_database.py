from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest
import structlog
from django.db import IntegrityError, OperationalError, connection, transaction

from captions import database
from captions.models import Room

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def let_go():
    yield
    database.close()


def thread_and_connection():
    connection.ensure_connection()
    return threading.current_thread(), connection.connection


async def test_a_call_gets_its_arguments_and_gives_its_result(room):
    found = await database.read(Room.objects.get, slug="town-hall")
    assert found == room
    assert await database.write(Room.objects.filter(pk=room.pk).update, title="Council") == 1
    assert (await database.read(Room.objects.get)).title == "Council"


async def test_an_error_comes_through_as_it_is(room):
    with pytest.raises(Room.DoesNotExist):
        await database.read(Room.objects.get, slug="nowhere")


async def test_writes_share_one_thread_and_one_connection(room):
    first = await database.write(thread_and_connection)
    assert first[0] is not threading.current_thread()
    for _ in range(5):
        assert await database.write(thread_and_connection) == first


async def test_writes_run_one_by_one_in_the_order_of_their_awaiting():
    ran = []
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for n in range(20):
            group.create_task(database.write(ran.append, n))
    assert ran == list(range(20))


async def test_a_slow_read_holds_up_neither_writes_nor_other_reads(room):
    release = threading.Event()
    try:
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            slow = group.create_task(database.read(release.wait, 10))
            assert await database.read(Room.objects.count) == 1
            assert await database.write(Room.objects.update, title="Council") == 1
            assert not slow.done()
            release.set()
    finally:
        release.set()


async def test_reads_keep_their_connections_from_call_to_call():
    seen = [await database.read(thread_and_connection) for _ in range(20)]
    assert len({id(used) for _, used in seen}) <= database.READERS


def cut(pid):
    """End another connection's process at the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def server_process():
    with connection.cursor() as cursor:
        return cursor.execute("SELECT pg_backend_pid()").fetchone()[0]


async def test_a_connection_that_broke_while_idle_is_replaced_before_it_is_used(room, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only")
    await database.read(cut, await database.write(server_process))
    monkeypatch.setattr(database, "IDLE_S", 0.0)
    assert await database.write(Room.objects.count) == 1


async def test_a_connection_that_broke_in_use_costs_one_call(room):
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only")
    await database.read(cut, await database.write(server_process))
    with pytest.raises(OperationalError):
        await database.write(Room.objects.count)
    assert await database.write(Room.objects.count) == 1


async def test_a_call_that_the_database_failed_leaves_a_fresh_connection_to_the_next(room):
    _, first = await database.write(thread_and_connection)

    def fail():
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        await database.write(fail)
    _, second = await database.write(thread_and_connection)
    assert second is not first


async def test_a_refused_row_costs_no_connection(room):
    _, first = await database.write(thread_and_connection)

    def twice():
        with transaction.atomic():
            Room.objects.create(slug="town-hall", title="Again", owner=room.owner)

    with pytest.raises(IntegrityError):
        await database.write(twice)
    assert (await database.write(thread_and_connection))[1] is first


async def test_closing_ends_threads_and_connections_and_the_next_call_starts_anew(room):
    thread, first = await database.write(thread_and_connection)
    database.close()
    assert not thread.is_alive()
    with pytest.raises(Exception, match="closed"):
        first.execute("SELECT 1")
    again, _ = await database.write(thread_and_connection)
    assert again is not thread


async def test_cancelling_takes_a_waiting_write_out_of_the_queue(room):
    release = threading.Event()
    try:
        async with asyncio.timeout(10):
            running = asyncio.create_task(database.write(release.wait, 10))
            waiting = asyncio.create_task(database.write(Room.objects.all().delete))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            release.set()
            await running
        assert await database.write(Room.objects.count) == 1
    finally:
        release.set()


async def test_bound_values_follow_a_call_into_its_thread():
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("set")
    with structlog.contextvars.bound_contextvars(session="s1"):
        assert await database.read(variable.get) == "set"
        assert (await database.write(structlog.contextvars.get_contextvars))["session"] == "s1"


async def test_sqlite_runs_as_the_notes_on_this_stack_ask(room):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")

    def pragmas():
        with connection.cursor() as cursor:
            found = [
                cursor.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        return [*found, connection.transaction_mode]

    assert await database.write(pragmas) == ["wal", 1, 1, 5000, "IMMEDIATE"]
