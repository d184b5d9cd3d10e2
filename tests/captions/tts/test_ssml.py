import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadField
from captions.tts import ssml

GOOD = [
    "Plain text is a fragment as well.",
    "Hello <break time='500ms'/> there.",
    "<speak>Hello.</speak>",
    ' <speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">Hello.</speak> ',
    '<prosody rate="fast" pitch="+10%" volume="-6dB">Quick.</prosody>',
    '<prosody rate="1.2" pitch="+2st">Quick.</prosody>',
    'On <say-as interpret-as="date" format="dmy">1.2.2026</say-as>.',
    '<sub alias="World Wide Web">WWW</sub> &amp; <phoneme alphabet="ipa" ph="x">y</phoneme> &#33;',
    "<p><s>One.</s><s>Two.</s></p>",
    '<emphasis level="strong">No</emphasis> <lang xml:lang="de-DE">nein</lang>',
]
BAD = {
    "stray-less-than": ("1 < 2", "Line 1, column 4"),
    "ampersand": ("this & that", "Line 1, column 7"),
    "entity": ("a&nbsp;b", "Line 1, column 2"),
    "open": ("<p>x", "not closed"),
    "nesting": ("<p><s>x</p></s>", "not closed"),
    "second-line": ("one\n\ntwo</s>", "Line 3"),
    "unknown-tag": ("<blink>x</blink>", "<blink>"),
    "fetches": ('<audio src="http://x/y.wav"/>x', "<audio>"),
    "speak-inside": ("<p><speak>x</speak></p>", "<speak>"),
    "attribute": ('<emphasis loud="yes">x</emphasis>', "loud"),
    "twice": ('<break time="1s" time="2s"/>x', "twice"),
    "break-too-long": ('<break time="11s"/>x', "time"),
    "break-in-words": ('<break time="soon"/>x', "soon"),
    "rate": ('<prosody rate="a lot">x</prosody>', "rate"),
    "say-as": ("<say-as>3</say-as>", "interpret-as"),
    "alias": ("<sub>WWW</sub>", "alias"),
    "doctype": ('<!DOCTYPE a [<!ENTITY b "c">]>x', "Line 1"),
    "doctype-first": ('<speak/><!DOCTYPE a [<!ENTITY b "c">]>', "Line 1"),
    "instruction": ("<?php x ?>x", "only tags"),
    "comment": ("<!-- x -->x", "only tags"),
    "cdata": ("<![CDATA[x]]>", "only tags"),
    "deep": ("<p>" * 40 + "x" + "</p>" * 40, "deep"),
    "nothing": ("<p> <break/> </p>", "nothing to speak"),
    "two-documents": ("<speak>a</speak><speak>b</speak>", "not closed"),
}


@pytest.mark.parametrize("text", GOOD, ids=range(len(GOOD)))
def test_what_is_ssml_is_taken(text):
    ssml.check(text)


@pytest.mark.parametrize("name", BAD)
def test_what_is_none_is_told_where_and_why(name):
    text, said = BAD[name]
    with pytest.raises(BadField) as caught:
        ssml.check(text)
    assert caught.value.field == "text"
    assert said in str(caught.value)


def test_without_its_tags_it_is_what_is_said():
    assert ssml.spoken("<p>Tom &amp; <emphasis>Ann</emphasis></p>") == "Tom & Ann"


def test_a_short_text_stays_as_it_is():
    for text in GOOD:
        assert ssml.split(text, 3_000) == (text.lstrip(),)


def test_what_is_open_at_a_cut_is_closed_and_opened_again():
    text = '<speak><prosody rate="fast">One two. Three four. Five six.</prosody></speak>'
    assert ssml.split(text, 58) == (
        '<speak><prosody rate="fast">One two. </prosody></speak>',
        '<speak><prosody rate="fast">Three four. </prosody></speak>',
        '<speak><prosody rate="fast">Five six.</prosody></speak>',
    )


def test_it_is_cut_at_ends_of_sentences():
    text = "One is here. <emphasis>Two</emphasis> is there. Three is away."
    assert ssml.split(text, 60) == ("One is here. <emphasis>Two</emphasis> is there. ", "Three is away.")


def test_what_means_something_only_as_a_whole_stays_whole():
    text = "Come now, please do. " * 3 + '<sub alias="a very long alias of a word">w. w. w.</sub>'
    pieces = ssml.split(text, 80)
    assert any(piece.endswith('<sub alias="a very long alias of a word">w. w. w.</sub>') for piece in pieces)


def test_tags_that_leave_no_room_are_told_of():
    with pytest.raises(BadField, match="so long"):
        ssml.split(f'<sub alias="{"x" * 100}">w</sub>', 80)


TEXTS = st.text("ab .!?,\n&<é👋", max_size=80).map(
    lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
)
ELEMENTS = st.sampled_from(
    [
        *("<p>{}</p>", "<s>{}</s>", '<prosody rate="fast">{}</prosody>', "<emphasis>{}</emphasis>"),
        *('<sub alias="x">{}</sub>', "{}<break/>", "{}"),
    ]
)
DOCUMENTS = st.recursive(
    TEXTS,
    lambda inner: st.tuples(ELEMENTS, st.lists(inner, max_size=3)).map(lambda t: t[0].format("".join(t[1]))),
    max_leaves=12,
)


@given(DOCUMENTS, st.integers(160, 400), st.booleans())
def test_pieces_say_together_what_the_whole_does(text, longest, is_whole):
    text = f"<speak>{text}</speak>" if is_whole else text
    try:
        ssml.check(text)
        pieces = ssml.split(text, longest)
    except BadField:
        return
    for piece in pieces:
        assert len(piece) <= longest
        ssml.check(piece)
    assert "".join(map(ssml.spoken, pieces)).rstrip() == ssml.spoken(text).rstrip()


@given(st.text())
def test_nothing_breaks_it(text):
    try:
        ssml.check(text)
    except BadField:
        return
    assert ssml.split(text, 3_000)
