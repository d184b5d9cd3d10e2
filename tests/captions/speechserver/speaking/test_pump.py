import threading

import pytest

from captions.speechserver.speaking.pump import pumped


def test_blocks_come_in_order_and_empty_ones_do_not():
    def synthesise(give):
        for block in (b"a", b"", b"b"):
            give(block)

    assert list(pumped(synthesise)) == [b"a", b"b"]


def test_blocks_come_while_there_is_more_to_make():
    go_on = threading.Event()

    def synthesise(give):
        give(b"first")
        go_on.wait()
        give(b"second")

    blocks = pumped(synthesise)
    assert next(blocks) == b"first"
    go_on.set()
    assert list(blocks) == [b"second"]


def test_closing_tells_the_synthesis_and_waits_for_it():
    answers = []
    opened = threading.Event()

    def synthesise(give):
        answers.append(give(b"first"))
        opened.wait()
        while give(b"more"):
            pass
        answers.append(False)

    blocks = pumped(synthesise)
    next(blocks)
    opened.set()
    blocks.close()
    assert answers == [True, False]


def test_an_error_comes_after_the_blocks_before_it():
    def synthesise(give):
        give(b"a")
        raise ValueError("broken")

    blocks = pumped(synthesise)
    assert next(blocks) == b"a"
    with pytest.raises(ValueError, match="broken"):
        next(blocks)
