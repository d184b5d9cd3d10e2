"""Each format is read back with a parser of its own; what is read is what was said."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.plaintext import clean
from captions.transcripts import srt, txt, vtt
from captions.transcripts.cues import Cue, cues
from captions.transcripts.formats import FORMATS
from tests.captions.transcripts.reading import (
    lost,
    read_srt,
    read_vtt,
    segment,
    spoken,
    together,
    transcript,
)

HOSTILE = {
    "markup": "<b>bold</b> <v Eve>hi</v> <c.red> &amp; &#60;",
    "arrow": "00:00:00.000 --> 00:00:09.000 a --> b -->",
    "styles": "{\\an8}{y:i} NOTE STYLE WEBVTT",
    "control": "a\x00b\x1b[31m c\r\n\r\n2\n00:00:01,000 --> 00:00:02,000\n\nd",
    "separators": "a\u2028b\u2029\u2029c\x85d\x0be",
    "right to left": "שלום עולם \u202eevil\u202c مرحبا",
    "emoji": "👩‍👩‍👧‍👦 🇩🇪 👍🏽",
    "no spaces": "ж" * 10_000,
    "long": "word " * 2_000,
    "no space wide": "漢" * 10_000,
}


@pytest.fixture(params=HOSTILE.values(), ids=list(HOSTILE))
def hostile(request):
    return request.param


# --- WebVTT and SRT --------------------------------------------------------------------------------


def test_webvtt_as_it_is_written():
    text = vtt.compose([Cue(0, 1500, ("a < b & c",)), Cue(3_661_001, 3_662_000, ("one", "two"), "Ada")])
    assert text == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\na &lt; b &amp; c\n\n"
        "01:01:01.001 --> 01:01:02.000\n<v Ada>one\ntwo\n"
    )


def test_srt_as_it_is_written():
    text = srt.compose([Cue(0, 1500, ("a < b & c",)), Cue(3_661_001, 3_662_000, ("one", "two"), "Ada")])
    assert text == (
        "1\n00:00:00,000 --> 00:00:01,500\na < b & c\n\n2\n01:01:01,001 --> 01:01:02,000\nAda: one\ntwo\n"
    )


def test_no_cues_make_an_empty_file_that_is_still_one():
    assert vtt.compose([]) == "WEBVTT\n"
    assert srt.compose([]) == ""


@pytest.mark.parametrize("read", [("vtt", read_vtt), ("srt", read_srt)], ids=["vtt", "srt"])
def test_subtitles_of_hostile_text_are_that_text(hostile, read):
    extension, parse = read
    shown = parse(FORMATS[extension].compose(transcript(segment(text=hostile, duration_ms=60_000))))
    assert together(shown) == clean(hostile).replace(" ", "")


@pytest.mark.parametrize("read", [("vtt", read_vtt), ("srt", read_srt)], ids=["vtt", "srt"])
def test_a_hostile_speaker_is_a_name(hostile, read):
    extension, parse = read
    name = clean(hostile)[:100].strip()
    shown = parse(FORMATS[extension].compose(transcript(segment(speaker=name))))
    said = f"{shown[0].speaker}: {shown[0].lines[0]}" if extension == "vtt" else shown[0].lines[0]
    assert said == f"{name}: good evening"


@pytest.mark.parametrize("read", [("vtt", read_vtt), ("srt", read_srt)], ids=["vtt", "srt"])
def test_subtitles_keep_times_beyond_ninety_nine_hours(read):
    extension, parse = read
    late_ms = 123 * 3_600_000 + 45 * 60_000 + 6_789
    [cue] = parse(FORMATS[extension].compose(transcript(segment(offset_ms=late_ms))))
    assert (cue.start_ms, cue.end_ms) == (late_ms, late_ms + 1000)


@pytest.mark.parametrize("read", [("vtt", read_vtt), ("srt", read_srt)], ids=["vtt", "srt"])
def test_subtitles_put_a_gap_into_words(read):
    extension, parse = read
    shown = parse(FORMATS[extension].compose(transcript(segment(1), lost(2, duration_ms=72_000))))
    assert shown[1].lines == ["[no captions for 1 min 12 s: the audio was lost]"]


TEXTS = st.lists(st.text(st.characters(), max_size=200), max_size=6)


@given(TEXTS)
def test_whatever_was_said_can_be_read_back(texts):
    segments = [segment(number, text) for number, text in enumerate(texts, 1)]
    expected = "".join(clean(text) for text in texts).replace(" ", "")
    made = cues(segments)
    for shown in (read_vtt(vtt.compose(made)), read_srt(srt.compose(made))):
        said = together(shown).replace(srt.GUARD, "")
        assert re.sub(r"\s", "", said) == re.sub(r"\s", "", expected.replace(srt.GUARD, ""))


# --- plain text ------------------------------------------------------------------------------------


def read_txt(text):
    heading, _, body = text.partition("\n\n")
    lines = [re.fullmatch(r"\[(\d{2,}:\d\d:\d\d)\] (.*)", line) for line in body.splitlines()]
    return heading.split("\n"), [(line[1], line[2]) for line in lines]


def test_plain_text_has_a_heading_and_a_line_for_each_segment():
    made = txt.compose(transcript(segment(1), lost(2), segment(66, "bye", speaker="Ada"), title="Part 1"))
    heading, lines = read_txt(made)
    assert heading == ["Town hall", "Part 1", "2026-03-01 12:00 UTC", "en-US · scripted"]
    assert lines == [
        ("00:00:00", "good evening"),
        ("00:00:01", "[no captions for 1 s: the audio was lost]"),
        ("00:01:05", "Ada: bye"),
    ]


def test_plain_text_of_hostile_text_is_one_line_a_segment(hostile):
    made = txt.compose(transcript(segment(1, hostile), segment(2, "after"), title=hostile, engine=hostile))
    assert read_txt(made)[1] == [("00:00:00", clean(hostile)), ("00:00:01", "after")]


def test_plain_text_leaves_out_what_was_struck_out_and_counts_hours_on():
    late_ms = 100 * 3_600_000
    made = txt.compose(transcript(segment(1, "", revision=1), segment(2, "late", offset_ms=late_ms)))
    assert read_txt(made)[1] == [("100:00:00", "late")]


# --- JSON ------------------------------------------------------------------------------------------


def test_json_is_the_whole_transcript(hostile):
    whole = transcript(spoken("good evening") | {"text": hostile}, lost(2), title=hostile)
    assert json.loads(FORMATS["json"].compose(whole)) == whole


# --- all of them -----------------------------------------------------------------------------------


def test_every_format_has_its_name_and_type():
    assert list(FORMATS) == ["txt", "srt", "vtt", "json"]
    for extension, made in FORMATS.items():
        assert (made.extension, bool(made.label)) == (extension, True)
        assert re.fullmatch(r"[a-z]+/[a-z-]+(; charset=utf-8)?", made.content_type)


def test_every_format_says_the_same_words():
    whole = transcript(spoken("go forward ten meters"), spoken("the bridge", offset_ms=5000, utterance=2))
    said = {
        "txt": [text for _, text in read_txt(FORMATS["txt"].compose(whole))[1]],
        "srt": [" ".join(cue.lines) for cue in read_srt(FORMATS["srt"].compose(whole))],
        "vtt": [" ".join(cue.lines) for cue in read_vtt(FORMATS["vtt"].compose(whole))],
        "json": [s["text"] for s in json.loads(FORMATS["json"].compose(whole))["segments"]],
    }
    assert set(map(tuple, said.values())) == {("go forward ten meters", "the bridge")}


def test_every_format_can_be_encoded(hostile):
    for made in FORMATS.values():
        made.compose(transcript(segment(1, hostile))).encode()
