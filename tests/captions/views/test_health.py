from __future__ import annotations

import pytest
from django.test import AsyncClient

from captions import database
from captions.upstream.secret import Secret


@pytest.fixture
def anybody():
    yield AsyncClient()
    database.close()


async def test_a_process_that_runs_is_alive_without_asking_the_database(anybody):
    answer = await anybody.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
async def test_it_is_ready_with_database_layer_and_upstream(anybody):
    answer = await anybody.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "layer": "ok", "upstream": "ok"}


@pytest.mark.django_db(transaction=True)
async def test_without_a_speech_service_it_is_not_ready(anybody, settings):
    settings.STT_IS_LOCAL = False
    settings.VOXNEXUS_API_KEY = Secret("")
    answer = await anybody.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["upstream"] == "failed"


@pytest.mark.django_db(transaction=True)
async def test_without_its_layer_it_is_not_ready(anybody, settings):
    settings.CHANNEL_LAYERS = {}
    answer = await anybody.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["layer"] == "failed"
