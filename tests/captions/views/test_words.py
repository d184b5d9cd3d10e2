"""Pages in the language of their reader; what programs read stays English."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import translation

from captions import i18n
from captions.errors import BadField, EmbedRefused, RoomNotFound
from captions.services import captions, rooms
from tests.captions.making import final, gap, on_air

pytestmark = pytest.mark.django_db

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}
ARABIC = {"accept-language": "ar"}
CHOOSE = "/language/"


def say(room, *said):
    """The id of a session in which this was said."""
    claim = on_air(room)
    for caption in said:
        captions.store(claim.session_id, claim.lease, caption)
    return claim.session_id


def chosen(client, language, **headers):
    ours = {"origin": "http://testserver", "referer": "http://testserver/r/town-hall/?size=150", **headers}
    return client.post(CHOOSE, {"language": language}, headers=ours)


def test_a_page_comes_in_the_language_that_the_browser_asks_for(room, stranger):
    page = stranger.get("/", headers=GERMAN).content.decode()
    assert '<html lang="de" dir="ltr">' in page
    assert "Anmelden" in page
    page = stranger.get("/", headers=ARABIC).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "تسجيل الدخول" in page


@pytest.mark.parametrize("asked", ["fr", "he-IL,he;q=0.9", "xx", "", "*", "de_DE; drop table", "\x00"])
def test_a_language_without_words_falls_back_quietly(room, stranger, asked):
    answer = stranger.get("/r/town-hall/", headers={"accept-language": asked})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="en" dir="ltr">' in page
    assert "Display settings" in page
    assert 'id="words"' not in page, "English stands in the scripts already"


def test_a_reader_chooses_and_comes_back_to_the_page(room, stranger):
    answer = chosen(stranger, "de")
    assert answer.status_code == 302
    assert answer["Location"] == "http://testserver/r/town-hall/?size=150"
    cookie = answer.cookies["django_language"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("de", "Lax", True)
    assert '<html lang="de"' in stranger.get("/", headers=ARABIC).content.decode()


def test_nobody_chooses_for_somebody_else(room, stranger):
    for origin in ("https://evil.example", "null", ""):
        answer = chosen(stranger, "ar", origin=origin)
        assert (answer.status_code, "django_language" in answer.cookies) == (403, False)
    assert Client(enforce_csrf_checks=True).post(CHOOSE, {"language": "ar"}).status_code == 403


@pytest.mark.parametrize("language", ["fr", "../../etc", "", "de" * 5000])
def test_only_a_language_that_there_is_can_be_chosen(room, stranger, language):
    assert "django_language" not in chosen(stranger, language).cookies


def test_the_captions_keep_their_language_and_direction(room, stranger):
    say(room, final(1, "good evening"))
    page = stranger.get("/r/town-hall/text/", headers=ARABIC).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert '<p class="caption" lang="en-US" dir="auto">' in page


def test_what_was_lost_is_said_in_the_language_of_the_page(room, stranger):
    say(room, gap(1, duration_ms=65_000))
    page = stranger.get("/r/town-hall/text/", headers=GERMAN).content.decode()
    with translation.override("de"):
        assert i18n.gettext("[no captions for %(length)s: the audio was lost]").startswith("[keine")
    shown = page.partition('id="words"')[0]
    assert "1 Min. 5 s" in shown
    assert "no captions for" not in shown


def test_a_page_brings_its_scripts_their_words(room, stranger):
    page = stranger.get("/r/town-hall/", headers=ARABIC).content.decode()
    block = page.partition('<script id="words" type="application/json">')[2].partition("</script>")[0]
    words = json.loads(block)
    assert words["language"] == "ar"
    assert words["catalog"] == i18n.catalog("ar")
    assert page.index('id="words"') < page.index('type="module"')


def test_a_refusal_is_said_in_the_language_of_the_page(room, stranger):
    page = stranger.get("/r/nobody-here/", headers=GERMAN)
    assert page.status_code == 404
    assert str(RoomNotFound()) not in page.content.decode()
    assert "Raum" in page.content.decode()


def test_a_value_stands_in_a_translated_sentence_as_it_was_typed():
    error = BadField(
        "language", "“%(tag)s” is no language tag. Use one such as en-US or de-DE.", tag="100 %s"
    )
    assert str(error) == "“100 %s” is no language tag. Use one such as en-US or de-DE."
    with translation.override("de"):
        assert "100 %s" in i18n.said(error)
        assert i18n.said(error) != str(error)
        assert "https://a.example" in i18n.said(EmbedRefused("https://a.example"))
        assert "%" not in i18n.said(EmbedRefused(""))


@pytest.mark.parametrize("path", ["/r/town-hall/segments", "/r/nobody-here/segments", "/healthz"])
def test_what_programs_read_is_the_same_for_everybody(room, stranger, path):
    english, german = stranger.get(path), stranger.get(path, headers=GERMAN)
    assert german.content == english.content
    assert "Content-Language" not in german
    assert "Accept-Language" not in german.get("Vary", "")


@pytest.mark.parametrize("format", ["txt", "srt", "vtt", "json"])
def test_a_transcript_is_the_same_for_everybody(room, as_ada, format):
    session = say(room, gap(1, duration_ms=12_000))
    path = f"/sessions/{session}/transcript.{format}"
    assert "no captions for 12 s" in as_ada.get(path, headers=GERMAN).content.decode() or format == "json"
    assert as_ada.get(path, headers=GERMAN).content == as_ada.get(path).content


# --- words for scripts on other sites ---


def test_a_script_elsewhere_gets_words_and_leaves_no_trace(stranger):
    answer = stranger.get("/words/de.json", headers={"origin": "https://blog.example"})
    assert answer.status_code == 200
    assert answer.json() == {"language": "de", "catalog": i18n.catalog("de")}
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("language", ["en", "fr", "DE", "de-DE", "..", "x" * 300])
def test_there_are_no_words_in_a_language_that_we_do_not_speak(stranger, language):
    assert stranger.get(f"/words/{language}.json").status_code == 404


def test_a_language_of_speech_is_called_what_the_reader_calls_it_or_its_speakers_do(room, as_ada):
    rooms.update_room(room, title=room.title, language="he-IL", access=room.access)
    assert "<bdi>Hebrew</bdi>" in as_ada.get("/rooms/town-hall/").content.decode()
    page = as_ada.get("/rooms/town-hall/", headers=GERMAN).content.decode()
    assert "<bdi>עברית</bdi>" in page
