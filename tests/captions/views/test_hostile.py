"""Text that would be something else, in each place it can be typed, in each output it comes to."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
from html.parser import HTMLParser

import pytest
import structlog
from django.db import connection
from django.urls import reverse

from captions.live import messages
from captions.live.outbox import Outgoing
from captions.plaintext import clean
from captions.views.feed import as_event
from tests.captions.making import segment_row, session_row
from tests.captions.views.conftest import signed_in
from voxweb.logs import logging_config

pytestmark = pytest.mark.django_db

HARMLESS = "good evening"
HOSTILE = {
    "markup": "<script>document.title='taken'</script><img src=x onerror=alert(1)><b>bold</b> & &lt;",
    "quotes": "\" onmouseover=\"alert(1)\" ' autofocus onfocus='alert(1)' `x`",
    "end of it all": "</title></textarea></script></style>--></select><!-- ]]>",
    "template": "{{ 7*7 }}{% load static %}${7*7}#{7*7}%(x)s {0} %s",
    "line ends": "one\r\n\r\nSet-Cookie: taken=1\r\n\n00:00:00.000 --> 00:00:09.000\ntwo\u2028three\x85four",
    "direction": "\u202egpj.exe\u202c \u2066left\u2069 \u200f\u202b",
    "arrows": "--> 00:00:01.000 --> 00:00:02.000 --&gt; <00:00:01.000>",
    "controls": "a\x1b[31mred\x07\x08\x7f\x9b2J",
    "formats": "event: removed\ndata: {}\n\nid: 9 1\n00:00:00,000 --> 00:00:01,000",
    "path": "../../etc/passwd\\..\\con.exe;filename=taken.html",
}
PAGES = (
    ("viewer", "room"),
    ("room", "room"),
    ("host", "room"),
    ("room-delete", "room"),
    ("session-review", "session"),
    ("session-delete", "session"),
    ("home", ""),
    ("room-list", ""),
    ("admin:index", ""),
    ("admin:captions_room_changelist", ""),
    ("admin:captions_session_changelist", ""),
    ("admin:captions_segment_changelist", ""),
    ("admin:auth_user_changelist", ""),
    ("admin:captions_room_change", "room id"),
    ("admin:captions_session_change", "session"),
    ("admin:captions_segment_change", "segment"),
    ("admin:captions_room_delete", "room id"),
    ("admin:auth_user_change", "owner"),
)


class World:
    """A room of an owner with a member, a session and a caption, all of them called the same."""

    def __init__(self, room, users, text):
        self.text = text
        name = text[:150]
        self.owner = room.owner
        self.owner.username = name
        self.owner.is_staff = self.owner.is_superuser = True
        self.owner.save()
        member = users.create_user(name[:149] + "2")
        room.memberships.create(user=member, role="host")
        room.title = text[:200]
        room.save()
        self.room = room
        self.session = session_row(room, title=text[:200], host=self.owner, engine=text[:100])
        self.segment = segment_row(self.session, text=text, machine_text=text, speaker=text[:100])

    def get(self, name, key=""):
        keys = {
            "": [],
            "room": [self.room.slug],
            "room id": [self.room.pk],
            "session": [self.session.pk],
            "segment": [self.segment.pk],
            "owner": [self.owner.pk],
        }
        answer = signed_in(self.owner).get(reverse(name, args=keys[key]))
        assert answer.status_code == 200
        return answer

    def file(self, extension):
        return signed_in(self.owner).get(reverse("transcript", args=[self.session.pk, extension]))


@pytest.fixture
def world(room, django_user_model):
    return lambda text: World(room, django_user_model.objects, text)


class Structure(HTMLParser):
    """What a page is made of, without what is written in it and without breaks of lines."""

    def __init__(self):
        super().__init__()
        self.parts = []
        self.scripts = []

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.parts.append((tag, *sorted(name for name, _ in attrs)))
        if tag == "script":
            self.scripts.append(dict(attrs))

    def handle_endtag(self, tag):
        self.parts.append(f"/{tag}")

    def handle_comment(self, data):
        self.parts.append(("comment", data))


def structure_of(answer):
    page = Structure()
    page.feed(answer.text)
    return page


@pytest.mark.parametrize(("name", "key"), PAGES, ids=[name for name, _ in PAGES])
def test_a_page_is_made_of_the_same_whatever_stands_in_it(world, name, key):
    made = world(HARMLESS)
    harmless = structure_of(made.get(name, key)).parts
    for text in HOSTILE.values():
        _rewrite(made, text)
        page = structure_of(made.get(name, key))
        assert page.parts == harmless, text
        assert all("src" in script or script.get("type") == "application/json" for script in page.scripts)


def _rewrite(made, text):
    """The same rows with another text, straight into the table, past what cleans it."""
    made.owner.__class__.objects.filter(pk=made.owner.pk).update(username=text[:150])
    made.room.memberships.get().user.__class__.objects.exclude(pk=made.owner.pk).update(
        username=text[:149] + "2"
    )
    made.room.__class__.objects.update(title=text[:200])
    made.session.__class__.objects.update(title=text[:200], engine=text[:100])
    made.segment.__class__.objects.update(speaker=text[:100])
    with connection.cursor() as cursor:  # the app itself never changes what a machine said
        cursor.execute("UPDATE captions_segment SET text = %s, machine_text = %s", [text, text])
    made.owner.refresh_from_db()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
class TestFiles:
    """One caption: however many lines it tries to be, it stays one."""

    def test_vtt(self, world, text):
        blocks = world(text).file("vtt").text.split("\n\n")
        assert blocks[0].strip() == "WEBVTT"
        assert all(block.count("-->") == 1 for block in blocks[1:])
        assert all(re.match(r"\n*\d\d:\d\d:\d\d\.\d{3} --> ", block) for block in blocks[1:])
        assert not re.search(r"<(?!/?v\b)", "\n".join(blocks))

    def test_srt(self, world, text):
        blocks = world(text).file("srt").text.strip("\n").split("\n\n")
        assert [block.split("\n")[0] for block in blocks] == [str(n + 1) for n in range(len(blocks))]
        assert all(block.count("-->") == 1 for block in blocks)
        assert "<script" not in "".join(blocks)

    def test_txt(self, world, text):
        lines = world(text).file("txt").text.split("\n")
        assert len([line for line in lines if line.startswith("[")]) == 1
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", "".join(lines))

    def test_json(self, world, text):
        export = json.loads(world(text).file("json").text)
        assert export["segments"][0]["text"] == text
        assert export["room"]["title"] == text[:200]

    @pytest.mark.parametrize("extension", ["vtt", "srt", "txt", "json"])
    def test_its_name(self, world, text, extension):
        answer = world(text).file(extension)
        value = answer["Content-Disposition"]
        assert value.isascii()
        assert value.isprintable()
        assert value.startswith('attachment; filename="')
        assert len(re.findall(r"filename=", value)) == 1
        assert re.fullmatch(
            r'attachment; filename="[\w .()-]+\.\w+"(; filename\*=UTF-8\'\'[\w.%~-]+)?', value
        )
        assert "taken" not in answer.cookies
        assert not answer["Content-Type"].startswith("text/html")

    def test_a_stream(self, world, text):
        out = Outgoing(
            "final", messages.encode_segment("final", version=3, segment={"text": text}), key="k", position=3
        )
        lines = as_event(out).decode().split("\n")
        assert [line.partition(":")[0] for line in lines if line] == ["event", "id", "data"]
        assert json.loads(lines[2].partition(": ")[2])["segment"]["text"] == text
        assert "\r" not in "".join(lines)

    def test_a_socket(self, world, text):
        encoded = messages.encode_interim(session="s", utterance=1, text=text, offset_ms=0, language="en")
        assert json.loads(encoded)["text"] == text
        assert "\n" not in encoded
        assert "\x1b" not in encoded

    def test_what_is_stored_in_the_first_place(self, text):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", clean(text))

    @pytest.mark.parametrize("as_json", [True, False], ids=["json", "logfmt"])
    def test_a_log_line(self, lines_of, text, as_json):
        lines = lines_of(as_json)
        structlog.get_logger("captions").warning("room_made", title=text, path=f"/{text}")
        logging.getLogger("django.request").warning("Not Found: %s", text)
        try:
            raise ValueError(text)
        except ValueError:
            structlog.get_logger("captions").exception("failed")
        written = lines()
        assert len(written) == 3
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "".join(written))


@pytest.fixture
def lines_of():
    """Lines as a terminal or a collector would have them; the tests' own logging is put back afterwards."""
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()

    def configured(as_json):
        config = logging_config(json=as_json, level="DEBUG", secrets=[])
        config["handlers"]["stderr"]["stream"] = stream
        logging.config.dictConfig(config)
        return lambda: stream.getvalue().removesuffix("\n").split("\n")

    yield configured
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)
