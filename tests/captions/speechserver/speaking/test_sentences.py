import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speechserver.speaking.sentences import LONGEST, last_end, pieces


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two? Three!", ["One. ", "Two? ", "Three!"]),
        ("It costs 3.50 today.", ["It costs 3.50 today."]),
        ("他来了。她走了。", ["他来了。", "她走了。"]),
        ('He said "no." Then he left', ['He said "no." ', "Then he left"]),
        ("هل أنت هنا؟ نعم.", ["هل أنت هنا؟ ", "نعم."]),
        ("A line\nanother", ["A line\n", "another"]),
    ],
)
def test_a_text_is_cut_where_its_sentences_end(text, parts):
    assert list(pieces(text)) == parts


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_a_blank_text_has_no_pieces(text):
    assert list(pieces(text)) == []


def test_a_long_sentence_is_cut_at_a_comma_else_between_words_else_anywhere():
    clause = "word " * 50 + "end, "
    assert next(iter(pieces(clause * 2))) == clause
    assert all(piece.endswith(" ") for piece in pieces("word " * 100))
    assert [len(piece) for piece in pieces("x" * (2 * LONGEST + 1))] == [LONGEST, LONGEST, 1]


@given(st.text(alphabet="ab .,!\n。，", max_size=700))
def test_nothing_of_a_text_is_lost(text):
    cut = list(pieces(text))
    assert "".join(cut).strip() == text.strip()
    assert all(len(piece) <= LONGEST for piece in cut)


@pytest.mark.parametrize(
    ("text", "at"), [("One. Two", 5), ("One. Two.", 9), ("One", 0), ("", 0), ("一。二", 2)]
)
def test_the_last_sentence_end_is_found(text, at):
    assert last_end(text) == at
