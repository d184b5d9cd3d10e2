"""Figures are for whoever operates the site, and for nobody else."""

from __future__ import annotations

import pytest
from django.test import AsyncClient, AsyncRequestFactory

from captions.upstream.secret import Secret
from captions.views.metrics import metrics

TOKEN = "a-token-of-the-tests"
REFUSED = "Metrics are given to this machine alone"


async def ask(*, address="127.0.0.1", **headers):
    request = AsyncRequestFactory().get(
        "/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    request.META["REMOTE_ADDR"] = address
    return await metrics(request)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_itself_may_ask(address):
    answer = await ask(address=address)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Cache-Control"] == "no-store"
    assert b"# TYPE voxweb_rooms gauge" in answer.content


@pytest.mark.parametrize("address", ["203.0.113.7", "10.0.0.1", "fe80::1", "", "unknown"])
async def test_another_machine_may_not_and_is_told_what_to_do(address):
    answer = await ask(address=address)
    assert answer.status_code == 403
    assert REFUSED in answer.content.decode()
    assert "VOXWEB_METRICS_TOKEN" in answer.content.decode()


@pytest.mark.parametrize(
    "header", ["X_Forwarded_For", "Forwarded", "X_Real_IP", "Via", "X_Forwarded_Proto", "X_Forwarded_Host"]
)
async def test_what_a_proxy_on_this_machine_passes_on_is_not_this_machine(header):
    answer = await ask(**{header: "203.0.113.7"})
    assert answer.status_code == 403


async def test_whoever_has_the_token_may_ask_from_anywhere(settings):
    settings.METRICS_TOKEN = Secret(TOKEN)
    answer = await ask(address="203.0.113.7", x_forwarded_for="1.2.3.4", authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["", f"Bearer {TOKEN}x", "Bearer", "Bearer ", TOKEN, f"Basic {TOKEN}"])
async def test_with_a_token_nobody_may_without_it_from_this_machine_neither(settings, header):
    settings.METRICS_TOKEN = Secret(TOKEN)
    answer = await ask(**({"authorization": header} if header else {}))
    assert answer.status_code == 403
    assert TOKEN not in answer.content.decode()


async def test_openmetrics_is_given_where_it_is_asked_for():
    answer = await ask(accept="application/openmetrics-text; version=1.0.0")
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")


async def test_metrics_are_read_and_not_written():
    assert (await AsyncClient().get("/metrics")).status_code == 200
    assert (await AsyncClient().post("/metrics")).status_code == 405
