"""The admin's pages of what was spoken."""

from __future__ import annotations

import pytest
from django.urls import reverse

from captions.characters import Quota
from captions.models import Characters, Try, TryAudio, Vote
from captions.services import characters, votes
from tests.captions.making import try_row

pytestmark = pytest.mark.django_db

MODELS = (Try, Characters, Vote)
SECRET_TEXT = "Our turnover was 12 million."


def page(model, kind, *args):
    return reverse(f"admin:captions_{model._meta.model_name}_{kind}", args=args)


@pytest.fixture
def root(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root"))
    return client


@pytest.fixture
def filled(ada):
    """Two tries, a vote on them, and what they cost."""
    a = try_row(ada, SECRET_TEXT, name="Turnover draft")
    TryAudio.objects.create(of=a, data=b"\1\0", size_bytes=2, media_type="audio/pcm", rate_hz=24000)
    b = try_row(ada, SECRET_TEXT, voice="<b>other</b>")
    votes.vote(owner=ada, a=a.pk, b=b.pk, choice="a")
    characters.reserve(user_id=ada.pk, provider="voxnexus", characters=28, quota=Quota())
    return a


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_listed_searched_filtered_and_opened(root, filled, model):
    listed = root.get(page(model, "changelist"), {"q": "ada"})
    assert listed.context["cl"].result_count > 0
    for spec in listed.context["cl"].filter_specs:
        for choice in spec.choices(listed.context["cl"]):
            assert root.get(page(model, "changelist") + choice["query_string"]).status_code == 200
    assert root.get(page(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_queries_however_long_it_is(
    root, ada, filled, model, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12) as few:
        root.get(page(model, "changelist"))
    for number in range(10):
        votes.vote(owner=ada, a=filled.pk, b=try_row(ada).pk, choice="b")
        characters.reserve(user_id=ada.pk, provider=f"provider-{number}", characters=1, quota=Quota())
    with django_assert_max_num_queries(len(few)):
        root.get(page(model, "changelist"))


@pytest.mark.parametrize("model", MODELS)
def test_nothing_of_it_is_made_or_changed_by_hand(root, filled, model):
    assert root.get(page(model, "add")).status_code == 403
    row = model.objects.first()
    assert root.post(page(model, "change", row.pk), {}).status_code == 403


@pytest.mark.parametrize("kind", ["changelist", "change", "delete"])
def test_nobody_elses_text_or_name_for_it_is_shown(root, filled, kind):
    args = () if kind == "changelist" else (filled.pk,)
    shown = root.get(page(Try, kind, *args))
    assert shown.status_code == 200
    assert "turnover" not in shown.text.lower()


def test_a_voice_is_text_whatever_it_is_called(root, filled):
    assert "<b>other" not in root.get(page(Try, "changelist")).text


def test_a_try_can_be_deleted_with_its_audio(root, filled):
    root.post(page(Try, "delete", filled.pk), {"post": "yes"})
    assert not Try.objects.filter(pk=filled.pk).exists()
    assert not TryAudio.objects.exists()
