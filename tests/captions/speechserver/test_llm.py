import pytest

from captions.speechserver.llm import Transformer, TransformRequest, transform
from captions.speechserver.switches import Switches


def transformer(mode="per_segment", full_pass_prompt=None, **switches):
    chosen = Switches().changed(switches)
    return Transformer(TransformRequest("tidy up", mode, None, full_pass_prompt), lambda: chosen)


def text_of(messages):
    return "".join(message["delta"] for message in messages)


@pytest.mark.parametrize(
    ("text", "prompt", "result"),
    [
        ("um the doors open", "tidy up", "The doors open."),
        ("the doors open", "Translate to German, please", "[German] The doors open."),
        ("is it open?", "reply in Danish", "[Danish] Is it open?"),
        ("um uh", "tidy up", ""),
    ],
)
def test_the_transform_follows_its_rules(text, prompt, result):
    assert transform(text, prompt) == result


def test_the_transform_is_cut_at_so_many_words():
    assert transform("one two three", "tidy up", 2) == "One two."


def test_a_sentence_comes_as_one_delta_a_word_and_an_empty_final():
    messages = transformer().on_final("seg_0001", "the doors open")
    assert [message["delta"] for message in messages] == ["The ", "doors ", "open.", ""]
    assert [message["is_final"] for message in messages] == [False, False, False, True]
    assert {message["segment_id"] for message in messages} == {"seg_0001"}


def test_the_final_may_hold_the_last_word_or_the_whole_text():
    last = transformer(llm_final_delta="text").on_final("seg_0001", "the doors")
    assert last[-1] == {"type": "llm", "segment_id": "seg_0001", "delta": "doors.", "is_final": True}
    whole = transformer(llm_final_delta="full_text_field").on_final("seg_0001", "the doors")
    assert whole[-1]["text"] == "The doors."


def test_two_sentences_may_interleave_and_none_is_forgotten_at_a_flush():
    one = transformer(llm_interleave=True)
    assert one.on_final("seg_0001", "a b") == []
    mixed = one.on_final("seg_0002", "c d")
    assert [message["segment_id"][-1] for message in mixed] == ["1", "2"] * 3
    assert one.on_final("seg_0003", "e") == []
    assert text_of(one.before_flush_done()) == "E."


def test_a_slow_sentence_may_finish_after_the_flush():
    one = transformer(segment_llm_after_flush=True)
    assert one.on_final("seg_0001", "late") == []
    assert one.before_flush_done() == []
    assert text_of(one.after_flush_done()) == "Late."


def test_the_whole_text_is_transformed_once_after_the_flush_and_then_forgotten():
    one = transformer(mode="post_flush")
    assert one.on_final("seg_0001", "one") == []
    one.on_final("seg_0002", "two")
    assert one.before_flush_done() == []
    messages = one.after_flush_done()
    assert text_of(messages) == "One two."
    assert all("segment_id" not in message for message in messages)
    assert one.after_flush_done() == []


def test_the_additional_pass_may_come_before_flush_done():
    one = transformer(full_pass_prompt="in Dutch", full_llm_order="before_flush_done")
    one.on_final("seg_0001", "one")
    assert text_of(one.before_flush_done()) == "[Dutch] One."
    assert one.after_flush_done() == []


@pytest.mark.parametrize(
    ("fault", "messages"),
    [
        ("silent", []),
        ("error_message", [{"type": "error", "error": "the LLM transform failed", "code": "LLM_FAILED"}]),
        ("empty_final", [{"type": "llm", "segment_id": "s", "delta": "", "is_final": True}]),
        ("midway", [{"type": "llm", "segment_id": "s", "delta": "A ", "is_final": False}]),
    ],
)
def test_each_way_to_fail_looks_its_own_way(fault, messages):
    assert transformer(llm_fail=fault).on_final("s", "a b") == messages
