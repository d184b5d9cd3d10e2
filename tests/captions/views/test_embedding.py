from __future__ import annotations

import html
import re

import pytest

from captions.models import Access, AllowedOrigin
from captions.services import embedding, rooms
from captions.services.embedding import Visit
from captions.views import embed_section

pytestmark = pytest.mark.django_db
ROOM = "/rooms/town-hall/"
BLOG = "https://blog.example.org"
EVIL = "https://evil.example"


def allow(client, pattern):
    return client.post(f"{ROOM}embedding/allow/", {"pattern": pattern})


def disallow(client, pattern):
    return client.post(f"{ROOM}embedding/disallow/", {"pattern": pattern})


def allowed(answer):
    """The sites on the list, as the page shows them."""
    shown = re.search(r'data-testid="allowed-sites">(.*?)</ul>', answer.text, re.DOTALL)
    return re.findall(r"<bdi[^>]*>([^<]*)</bdi>", shown[1]) if shown else []


def codes(answer):
    """What there is to copy."""
    return [
        html.unescape(code)
        for code in re.findall(r'data-testid="embed-code"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)
    ]


def sites(answer):
    """Who has asked: origin, shown, refused, and whether there is a button to allow it."""
    rows = re.findall(r'<tr data-testid="embed-site">(.*?)</tr>', answer.text, re.DOTALL)
    return [
        (
            re.search(r"<bdi[^>]*>([^<]*)</bdi>", row)[1],
            *(int(count) for count in re.findall(r'class="figures">(\d+)<', row)),
            "<button" in row,
        )
        for row in rows
    ]


# --- who may ---


def test_a_site_is_allowed_as_it_is_pasted(as_ada, room, ada):
    answer = allow(as_ada, f" {BLOG}/2026/post?x#y ")
    assert answer.url == f"{ROOM}#embedding-title"
    row = AllowedOrigin.objects.get()
    assert (row.pattern, row.added_by) == (BLOG, ada)
    page = as_ada.get(ROOM)
    assert f"{BLOG} may show the captions of this room." in page.text
    assert allowed(page) == [BLOG]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "Type the address of the site"),
        ("blog.example.org", "Did you mean https://blog.example.org?"),
        ("*", "Type the whole address"),
        ("https://*.org", "very many sites"),
        ("ftp://example.org", "begins with https://"),
        ("https://a\x00b", "Null characters"),
        ("https://" + "x" * 3000, "at most 2000 characters"),
    ],
)
def test_what_cannot_be_a_site_is_refused_beside_its_field(as_ada, room, pattern, words):
    answer = allow(as_ada, pattern)
    assert answer.status_code == 422
    field = re.search(r'<label for="id_pattern">.*?</div>', answer.text, re.DOTALL)
    assert words in html.unescape(field[0])
    assert 'aria-invalid="true"' in field[0]
    assert not AllowedOrigin.objects.exists()


def test_more_than_the_list_takes_is_refused_in_words(as_ada, room, monkeypatch):
    monkeypatch.setattr(embedding, "MOST_PATTERNS", 1)
    allow(as_ada, BLOG)
    assert "Remove one first" in allow(as_ada, EVIL).text


def test_what_was_typed_is_text_and_never_markup(as_ada, room):
    assert "<script>alert" not in allow(as_ada, "https://<script>alert(1)</script>").text


def test_a_site_is_taken_off_the_list(as_ada, room):
    embedding.allow(room, BLOG)
    assert disallow(as_ada, BLOG).url == f"{ROOM}#embedding-title"
    page = as_ada.get(ROOM)
    assert f"{BLOG} may no longer show the captions" in page.text
    assert allowed(page) == []


@pytest.mark.parametrize("pattern", ["", EVIL, "\0", "x" * 5000])
def test_taking_off_what_is_not_on_it_does_nothing(as_ada, room, pattern):
    embedding.allow(room, BLOG)
    assert disallow(as_ada, pattern).url == f"{ROOM}#embedding-title"
    assert embedding.patterns_of(room.pk) == [BLOG]


def test_the_list_of_another_room_is_not_touched(as_ada, room, ben):
    other = rooms.create_room(owner=ben, title="Other")
    embedding.allow(other, BLOG)
    disallow(as_ada, BLOG)
    assert embedding.patterns_of(other.pk) == [BLOG]


# --- what to paste ---


def test_there_is_a_script_a_frame_and_a_block_to_paste(as_ada, room):
    script, frame, block = codes(as_ada.get(ROOM))
    assert '<script type="module" src="http://testserver/embed.js"></script>' in script
    assert '<vox-captions room="town-hall"></vox-captions>' in script
    assert 'src="http://testserver/embed/town-hall/"' in frame
    assert 'title="Live captions: Town hall"' in frame
    assert block == f"<!-- wp:html -->\n{frame}\n<!-- /wp:html -->"


def test_what_is_pasted_has_the_room_s_title_as_text(as_ada, room):
    rooms.update_room(room, title='"><script>alert(1)</script>')
    answer = as_ada.get(ROOM)
    assert "<script>alert" not in answer.text
    assert "&quot;&gt;&lt;script&gt;" in codes(answer)[1]


def test_each_of_them_can_be_copied(as_ada, room):
    text = as_ada.get(ROOM).text
    for key in ("script", "frame", "wordpress", "policy"):
        assert f'<textarea id="code-{key}"' in text
        assert f'<copy-button for="code-{key}">' in text


def test_what_a_strict_site_adds_to_its_policy_is_said(as_ada, room):
    text = as_ada.get(ROOM, headers={"host": "localhost:8000"}).text
    ours = "http://localhost:8000"
    assert f"script-src {ours}\nconnect-src {ours} ws://localhost:8000\nframe-src {ours}" in text
    assert "These lines lead to this computer only." in text
    assert "These lines lead" not in as_ada.get(ROOM).text


def test_how_it_looks_elsewhere_is_shown_where_there_is_something_to_see(as_ada, room):
    assert 'src="/embed/town-hall/"' in as_ada.get(ROOM).text
    rooms.close_room(room)
    assert 'src="/embed/town-hall/"' not in as_ada.get(ROOM).text


def test_a_room_for_members_cannot_be_embedded_and_says_why(as_ada, room):
    embedding.allow(room, BLOG)
    rooms.update_room(room, access=Access.MEMBERS)
    answer = as_ada.get(ROOM)
    assert "cannot be shown on other sites" in answer.text
    assert codes(answer) == []
    assert "/embed/town-hall/" not in answer.text


# --- who has asked ---


def test_who_has_asked_is_listed_with_how_often_and_whether_it_may(as_ada, room):
    assert "No other site has asked" in as_ada.get(ROOM).text
    embedding.allow(room, BLOG)
    embedding.note([Visit(room.pk, EVIL, refused=3)])
    embedding.note([Visit(room.pk, BLOG, accepted=2, refused=1)])
    assert sites(as_ada.get(ROOM)) == [(BLOG, 2, 1, False), (EVIL, 0, 3, True)]


def test_one_that_was_refused_is_allowed_by_a_click(as_ada, room):
    embedding.note([Visit(room.pk, BLOG, refused=1)])
    page = as_ada.get(ROOM)
    (site,) = re.findall(r'name="pattern" value="([^"]+)"', page.text)
    allow(as_ada, site)
    assert sites(as_ada.get(ROOM)) == [(BLOG, 0, 1, False)]


def test_many_are_folded_away_and_none_is_left_out(as_ada, room, monkeypatch):
    monkeypatch.setattr(embed_section, "NEWEST_SITES", 2)
    embedding.note([Visit(room.pk, f"https://{number}.example", refused=1) for number in range(5)])
    answer = as_ada.get(ROOM)
    assert len(sites(answer)) == 5
    assert "3 more sites" in answer.text
