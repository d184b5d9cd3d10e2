"""The scanner finds what is there: without this its silence would mean nothing."""

from __future__ import annotations

import base64
import html
import json
import os
import sqlite3
import subprocess
import sys
import urllib.parse

import pytest

from tests.keyscan.scanner import Scanner, key_around

HEART = "Zr7pLmQ9xKd2"
KEY = key_around(HEART)


@pytest.fixture
def scanner():
    return Scanner({"key": HEART})


@pytest.mark.parametrize(
    "wrap",
    [
        str,
        repr,
        ascii,
        json.dumps,
        html.escape,
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda key: urllib.parse.urlencode({"token": key}),
        lambda key: urllib.parse.quote(urllib.parse.quote(key)),
        lambda key: json.dumps(json.dumps({"headers": {"X-Api-Key": key}})),
        lambda key: base64.b64encode(key.encode()),
        lambda key: base64.urlsafe_b64encode(f"user:{key}".encode()),
        lambda key: base64.b64encode(f"a:{key}".encode()),
        lambda key: key.encode().hex(),
        lambda key: key.encode().hex().upper(),
        lambda key: key.encode("utf-16"),
        lambda key: f"{key!r:>80}",
    ],
)
def test_it_finds_the_key_in_every_form(scanner, wrap):
    wrapped = wrap(KEY)
    wrapped = wrapped if isinstance(wrapped, bytes) else wrapped.encode()
    scanner.look("here", b"before " + wrapped + b" after")
    assert scanner.found


def test_it_finds_nothing_where_there_is_nothing(scanner):
    scanner.look("here", key_around("Zr7pLmQ9xKd3") + os.urandom(100_000).hex())
    assert not scanner.found
    assert scanner.places["here"] > 100_000


def test_it_finds_the_key_in_a_database_and_in_a_file_s_name(scanner, tmp_path):
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        database.execute("CREATE TABLE t (value TEXT)")
        database.execute("INSERT INTO t VALUES (?)", [KEY])
    database.close()
    (tmp_path / f"{HEART}.log").touch()
    scanner.look_into(tmp_path)
    assert {found.split(" in ")[1].split(":")[0] for found in scanner.found} == {
        "file db.sqlite3",
        "file names",
    }


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="reads command lines from /proc")
def test_it_finds_the_key_in_a_command_line(scanner):
    command = [sys.executable, "-c", "print('here', flush=True); import sys; sys.stdin.read()", KEY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        scanner.look_at_processes({process.pid})
        process.stdin.close()
    assert scanner.found
