from hypothesis import given
from hypothesis import strategies as st

from captions.tts.text import split


@given(st.text(), st.integers(16, 200))
def test_the_pieces_are_the_text_and_none_is_too_long(text, longest):
    pieces = split(text, longest)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= longest for piece in pieces) or pieces == ("",)


def test_it_is_cut_at_the_end_of_a_sentence():
    assert split("One two three. Four five six. Seven", 30) == ("One two three. Four five six. ", "Seven")


def test_the_end_of_a_paragraph_comes_before_that_of_a_sentence():
    assert split("One two three.\n\nFour. Five six", 25) == ("One two three.\n\n", "Four. Five six")


def test_sentences_of_other_scripts_end_too():
    assert split("門は九時に開きます。早く来てください。", 16) == (
        "門は九時に開きます。",
        "早く来てください。",
    )
    assert split("नमस्ते जी। बैठक शुरू होगी।", 16) == ("नमस्ते जी। ", "बैठक शुरू होगी।")


def test_no_word_is_cut_where_there_is_a_blank():
    assert split("abcdefghi jklmnopqrstuvw", 16) == ("abcdefghi ", "jklmnopqrstuvw")


def test_an_emoji_of_several_parts_stays_whole():
    family = "👨‍👩‍👧"
    pieces = split("a" * 14 + family + "b" * 10, 16)
    assert pieces[0] == "a" * 14
    assert pieces[1].startswith(family)
