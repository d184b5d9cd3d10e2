"""The audit of what is installed, against a server that answers as OSV does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Osv(ThreadingHTTPServer):
    """Knows what a test tells it: package → vulnerability."""

    def __init__(self, known, status=200):
        self.known = known
        self.status = status
        self.asked = set()
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = body["package"]["name"]
        self.server.asked.add(name)
        vulnerabilities = [
            {
                "id": identifier,
                "summary": "bad",
                "modified": "2026-01-01T00:00:00Z",
                "affected": [
                    {
                        "package": {"name": name, "ecosystem": "PyPI"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.9"}]}],
                    }
                ],
            }
            for identifier in self.server.known.get(name, [])
        ]
        text = json.dumps({"vulns": vulnerabilities} if vulnerabilities else {}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        """Nothing: what matters is asserted."""


@pytest.fixture
def audit():
    """Runs the audit against a server that knows what it is told; exit code, words, what was asked."""

    def run(known, **options):
        with Osv(known, **options) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            answer = audit_at(f"http://127.0.0.1:{server.server_address[1]}/v1/query")
            server.shutdown()
        return answer.returncode, answer.stdout, server.asked

    return run


def audit_at(url):
    return subprocess.run(
        [sys.executable, ".ci/audit.py", "--osv-url", url],
        cwd=ROOT,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_nothing_known_passes_and_says_how_many_were_asked_about(audit):
    code, words, asked = audit({})
    assert code == 0, words
    assert {"django", "daphne", "channels"} <= asked
    assert "0 known vulnerabilities" in words
    assert "NOT AUDITED" not in words


def test_a_known_vulnerability_fails_and_says_what_mends_it(audit):
    code, words, _ = audit({"django": ["PYSEC-2099-1"]})
    assert code == 1
    assert "PYSEC-2099-1, mended in 99.9" in words


def test_a_server_that_is_broken_is_told_loudly_and_holds_nobody_up(audit):
    code, words, _ = audit({}, status=503)
    assert code == 0
    assert "\nNOT AUDITED: " in words


def test_without_a_network_it_is_told_loudly_and_holds_nobody_up():
    answer = audit_at("http://127.0.0.1:9/v1/query")
    assert answer.returncode == 0
    assert "\nNOT AUDITED: " in answer.stdout
