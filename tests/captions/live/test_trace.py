from __future__ import annotations

import json

import pytest
import structlog

from captions.live.trace import ALPHABET, Trace, is_well_formed, new_id


def test_a_new_reference_can_be_read_out_and_is_no_other_one():
    names = {new_id() for _ in range(1000)}
    assert len(names) == 1000
    assert all(len(name) == 8 and set(name) <= set(ALPHABET) for name in names)
    assert all(map(is_well_formed, names))


@pytest.mark.parametrize("text", ["7f3k", "a" * 64, "0b9cde1a-35f2-4a51-8c30-0123456789ab", "req_01.x"])
def test_what_others_use_is_well_formed(text):
    assert is_well_formed(text)


@pytest.mark.parametrize(
    "text", ["", "abc", "a" * 65, "a b c d", "abcd\n", "ab;cd", "größe", '"abcd"', "１２３４"]
)
def test_what_could_forge_a_line_or_a_header_is_not(text):
    assert not is_well_formed(text)


def test_a_trace_is_looked_up_when_a_line_is_written():
    trace = Trace("first")
    line = {"event": "upstream_live", "trace": trace}
    trace.current = "second"
    assert json.loads(structlog.processors.JSONRenderer()(None, "info", dict(line)))["trace"] == "second"
    assert "trace=second" in structlog.processors.LogfmtRenderer()(None, "info", dict(line))
