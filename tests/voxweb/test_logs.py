import io
import json
import logging
import logging.config

import pytest
import structlog

from voxweb.logs import HIDDEN, logging_config

KEY = "vn-sk-1234567890"


@pytest.fixture
def lines():
    """What has been logged, each line parsed; the tests' own logging is put back afterwards."""
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    config = logging_config(json=True, level="DEBUG", secrets=[KEY])
    config["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(config)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


def test_an_event_is_one_line_with_its_values(lines):
    structlog.get_logger("captions.relay").info("upstream_lost", session="s1", attempt=2)
    (line,) = lines()
    assert (line["event"], line["session"], line["attempt"], line["level"]) == (
        "upstream_lost",
        "s1",
        2,
        "info",
    )


def test_a_line_break_in_a_value_stays_inside_its_line(lines):
    structlog.get_logger("captions").info("room_made", title="one\ntwo")
    assert len(lines()) == 1


@pytest.mark.parametrize(
    "message",
    [
        f"handshake failed with {KEY}",
        "GET wss://api.example/v1/stt/realtime?token=another-key&x=1",
        "X-Api-Key: another-key",
        "{'Authorization': 'Bearer another-key'}",
        "GET /accounts/link/?sesame=AAAAbbbbCCCC",
        "Not Found: /g/AAAAbbbbCCCC.another-key/",
        "GET http://localhost:8000/g/AAAAbbbbCCCC.another-key/?x=1",
        {"path": "/g/AAAAbbbbCCCC.another-key"},
    ],
)
def test_no_key_gets_into_a_line_of_a_library(lines, message):
    logging.getLogger("somebody.elses").error(message)
    (line,) = lines()
    text = json.dumps(line)
    assert HIDDEN in text
    for secret in (KEY, "another-key", "AAAAbbbbCCCC"):
        assert secret not in text


def test_no_key_gets_into_a_traceback(lines):
    try:
        raise RuntimeError(f"refused {KEY}")
    except RuntimeError:
        logging.getLogger("django.request").exception("failed")
    (line,) = lines()
    assert "RuntimeError" in line["exception"]
    assert KEY not in line["exception"]


def test_the_socket_library_never_logs_its_handshake(lines):
    logging.getLogger("websockets.client").debug("> X-Api-Key: %s", KEY)
    assert lines() == []
