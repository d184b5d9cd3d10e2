from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.db import connections
from django.template.loader import render_to_string
from django.test import Client


@pytest.mark.django_db
def test_an_unknown_address_is_told_in_words():
    answer = Client().get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize("page", ["400.html", "500.html"])
def test_a_failure_needs_nothing_to_be_told(page):
    assert "<h1>" in render_to_string(page)


@pytest.mark.django_db(transaction=True)
async def test_telling_a_reader_that_nothing_is_there_leaves_no_connection_open(ada_cookie):
    threads = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(threads)
    scope = {"type": "http", "method": "GET", "path": "/no/such/page/", "query_string": b""}
    headers = [(b"host", b"testserver"), (b"cookie", ada_cookie.encode())]
    line = ApplicationCommunicator(get_asgi_application(), {**scope, "headers": headers})
    await line.send_input({"type": "http.request"})
    assert (await line.receive_output(10))["status"] == 404
    assert b"ada" in (await line.receive_output(10))["body"]
    await line.wait()
    left = threads.submit(lambda: [each.connection for each in connections.all(initialized_only=True)])
    assert left.result() in ([], [None])
