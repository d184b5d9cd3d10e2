from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.transcripts.filename import content_disposition, file_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Town hall 2026-03-01", "Town hall 2026-03-01.srt"),
        ("../../etc/passwd", "etc passwd.srt"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j.srt"),
        ("", "transcript.srt"),
        ("...", "transcript.srt"),
        ("CON", "transcript CON.srt"),
        ("nul.txt", "transcript nul.txt.srt"),
        ("a\r\nSet-Cookie: b\x00", "a Set-Cookie b.srt"),
        ("\u202egpj.exe\u202c", "gpj.exe.srt"),
        ("Ratssitzung Köln", "Ratssitzung Köln.srt"),
        ("שלום 👩‍👩‍👧", "שלום 👩‍👩‍👧.srt"),
    ],
)
def test_a_title_becomes_a_name_every_system_takes(title, name):
    assert file_name(title, "srt") == name


@pytest.mark.parametrize("title", ["x" * 10_000, "ж" * 10_000, "👩" * 10_000])
def test_a_long_title_becomes_a_name_that_fits(title):
    assert 100 < len(file_name(title, "json").encode()) < 200


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Town hall.srt", 'attachment; filename="Town hall.srt"'),
        ("Köln.srt", "attachment; filename=\"Koln.srt\"; filename*=UTF-8''K%C3%B6ln.srt"),
        ("会議.vtt", "attachment; filename=\"transcript.vtt\"; filename*=UTF-8''%E4%BC%9A%E8%AD%B0.vtt"),
        ("it's.txt", "attachment; filename=\"its.txt\"; filename*=UTF-8''it%27s.txt"),
    ],
)
def test_the_header_names_it_for_old_and_new_browsers(name, header):
    assert content_disposition(name) == header


@given(st.text(st.characters()))
def test_no_title_gets_out_of_its_header(title):
    name = file_name(title, "txt")
    header = content_disposition(name)
    assert re.fullmatch(
        r'attachment; filename="[A-Za-z0-9 ._()-]+\.txt"(; filename\*=UTF-8\'\'[!-~]+)?', header
    )
    if "filename*" in header:
        assert unquote(header.rpartition("''")[2]) == name
    assert not set(name) & set('/\\:*?"<>|\r\n\0')
