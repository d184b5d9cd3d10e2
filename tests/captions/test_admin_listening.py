"""The admin's pages of what is read out to readers."""

from __future__ import annotations

import pytest
from django.urls import reverse

from captions.models import Listening, ReadOut
from captions.services import listening
from captions.services.listening import Voice
from captions.services.rooms import create_room
from captions.services.usage import today

pytestmark = pytest.mark.django_db

MODELS = (Listening, ReadOut)
VOICE = Voice("voxnexus", "emu-en-us-emma", "<b>Emma</b>", "en-US")


def page(model, kind, *args):
    return reverse(f"admin:captions_{model._meta.model_name}_{kind}", args=args)


@pytest.fixture
def root(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root"))
    return client


def read_out(room):
    listening.change(room, is_on=True, voices=[VOICE], characters_per_day=1_000)
    ReadOut.objects.create(room=room, day=today(), characters=120)
    return Listening.objects.get(room=room)


@pytest.fixture
def row(room):
    return read_out(room)


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_listed_searched_filtered_and_opened(root, row, model):
    listed = root.get(page(model, "changelist"), {"q": "ada"})
    assert listed.context["cl"].result_count == 1
    for spec in listed.context["cl"].filter_specs:
        for choice in spec.choices(listed.context["cl"]):
            assert root.get(page(model, "changelist") + choice["query_string"]).status_code == 200
    assert root.get(page(model, "change", model.objects.get().pk)).status_code == 200
    assert root.get(page(model, "add")).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_queries_however_long_it_is(
    root, row, ada, model, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12) as few:
        root.get(page(model, "changelist"))
    for number in range(10):
        read_out(create_room(owner=ada, title=f"Room {number}"))
    with django_assert_max_num_queries(len(few)):
        root.get(page(model, "changelist"))


@pytest.mark.parametrize("kind", ["changelist", "change"])
def test_a_voice_is_text_whatever_it_is_called(root, row, kind):
    shown = root.get(page(Listening, kind, *([] if kind == "changelist" else [row.pk]))).text
    assert "&lt;b&gt;Emma" in shown
    assert "<b>Emma" not in shown


def test_an_administrator_stops_it_and_sets_the_limit_but_no_voice(root, row):
    data = {"characters_per_day": 5, "voices": "[]"}
    assert root.post(page(Listening, "change", row.pk), data).status_code == 302
    row.refresh_from_db()
    assert (row.is_on, row.characters_per_day) == (False, 5)
    assert listening.voices_of(row) == (VOICE,)


def test_many_are_stopped_at_once(root, row, ada):
    other = read_out(create_room(owner=ada, title="Another"))
    data = {"action": "stop", "_selected_action": [row.pk, other.pk]}
    answer = root.post(page(Listening, "changelist"), data, follow=True)
    assert "Rooms where it was on: 2." in answer.text
    assert not Listening.objects.filter(is_on=True).exists()


def test_without_a_voice_it_is_not_switched_on(root, row):
    Listening.objects.update(is_on=False, voices=[])
    answer = root.post(page(Listening, "change", row.pk), {"is_on": "on", "characters_per_day": 5})
    assert "Choose at least one voice" in answer.text
    assert not Listening.objects.get().is_on


def test_what_was_read_out_is_only_shown(root, row):
    counted = ReadOut.objects.get()
    assert root.post(page(ReadOut, "change", counted.pk), {}).status_code == 403
    assert root.post(page(ReadOut, "delete", counted.pk), {"post": "yes"}).status_code == 403
