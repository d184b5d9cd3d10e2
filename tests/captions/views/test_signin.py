"""Guessing a password, and what is known about who tries."""

from __future__ import annotations

import datetime as dt
import json
import logging

import pytest
import structlog
from axes.models import AccessAttempt, AccessLog
from django.test import Client, RequestFactory
from django.urls import reverse
from sesame.utils import get_query_string

from captions.views.signin import client_address

pytestmark = pytest.mark.django_db

RIGHT = "a long enough one"
TRIES = 10


def sign_in(name="ada", password="wrong", *, address="192.0.2.1", page="login", **headers):
    return Client().post(
        reverse(page), {"username": name, "password": password}, REMOTE_ADDR=address, headers=headers
    )


def pass_by(**length):
    """As if what has been tried had been tried so long ago."""
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= dt.timedelta(**length)
        attempt.save()


def guess(times=TRIES, **how):
    return [sign_in(**how) for _ in range(times)][-1]


@pytest.mark.parametrize("page", ["login", "admin:login"])
def test_the_tenth_wrong_password_is_told_in_words_when_to_try_again(ada, page):
    assert guess(TRIES - 1, page=page).status_code == 200
    answer = guess(1, page=page)
    assert answer.status_code == 429
    assert "Wait 15 minutes, then sign in again." in answer.text
    assert "Too many tries" in answer.text
    assert 890 <= int(answer["Retry-After"]) <= 900
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", ["login", "admin:login"])
def test_then_the_right_password_is_not_even_looked_at(ada, page):
    guess()
    answer = sign_in(password=RIGHT, page=page)
    assert answer.status_code == 429
    assert "sessionid" not in answer.cookies


def test_the_admin_s_page_is_no_second_door(ada):
    guess(TRIES - 5)
    guess(5, page="admin:login")
    assert sign_in(password=RIGHT).status_code == 429


def test_others_sign_in_from_the_same_address_and_the_same_name_from_another(ada, ben):
    guess()
    assert sign_in("ben", RIGHT).status_code == 302
    assert sign_in("ada", RIGHT, address="192.0.2.2").status_code == 302


def test_trying_on_makes_it_no_longer_and_the_wait_ends(ada):
    guess()
    guess(3)
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.get().attempt_time - dt.timedelta(minutes=15)
    )
    assert sign_in(password=RIGHT).status_code == 302


def test_another_browser_s_name_does_not_dodge_the_lock(ada):
    for n in range(TRIES):
        sign_in(**{"user-agent": f"Browser/{n}"})
    assert sign_in(password=RIGHT, **{"user-agent": "Browser/99"}).status_code == 429


def test_a_header_of_a_stranger_does_not_dodge_the_lock(ada):
    for n in range(TRIES):
        sign_in(**{"x-forwarded-for": f"203.0.113.{n}"})
    assert sign_in(password=RIGHT, **{"x-forwarded-for": "203.0.113.99"}).status_code == 429


def test_behind_a_proxy_its_own_hop_counts_whatever_stands_before(ada, settings):
    settings.BEHIND_PROXY = True
    for n in range(TRIES):
        sign_in(address="10.0.0.1", **{"x-forwarded-for": f"203.0.113.{n}, 198.51.100.7"})
    assert sign_in(address="10.0.0.1", **{"x-forwarded-for": "198.51.100.7"}).status_code == 429
    assert sign_in("ada", RIGHT, address="10.0.0.1", **{"x-forwarded-for": "198.51.100.8"}).status_code == 302


@pytest.mark.parametrize(
    ("socket", "header", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "203.0.113.9"),
        ("192.0.2.1", "1.1.1.1, 203.0.113.9:4711", "203.0.113.9"),
        ("192.0.2.1", "1.1.1.1,", "192.0.2.1"),
        ("192.0.2.1", "nonsense", "192.0.2.1"),
        ("192.0.2.1", "[2001:db8:1:2:3::4]:443", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("", "", None),
    ],
)
def test_who_asks_behind_a_proxy(settings, socket, header, address):
    settings.BEHIND_PROXY = True
    request = RequestFactory().get("/", REMOTE_ADDR=socket, HTTP_X_FORWARDED_FOR=header)
    assert client_address(request) == address


def test_a_right_password_lets_earlier_slips_be_forgotten(ada):
    guess(TRIES - 1)
    assert sign_in(password=RIGHT).status_code == 302
    assert guess(TRIES - 1).status_code == 200
    assert AccessLog.objects.count() == 0


def test_the_one_time_link_still_signs_in_while_its_name_is_locked(client, ada):
    guess()
    assert client.get(reverse("once") + get_query_string(ada), REMOTE_ADDR="192.0.2.1").status_code == 302


def test_links_that_were_made_up_are_counted_as_well():
    for _ in range(TRIES):
        answer = Client().get(reverse("once") + "?sesame=made-up-token")
    assert answer.status_code == 429
    assert "Retry-After" in answer.headers


def test_nothing_that_was_typed_is_kept_or_logged(client, ada, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("axes", "axes.handlers.database"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        guess(TRIES, password="hunter2-secret")
        client.get(reverse("once") + "?sesame=token-of-a-link")
        client.post(
            reverse("login") + "?guest=token-in-query", {"username": "ada", "password": "hunter2-secret"}
        )
    rows = json.dumps(list(AccessAttempt.objects.values()), default=str)
    for secret in ("hunter2-secret", "token-of-a-link", "token-in-query", "csrf"):
        assert secret not in rows
        assert secret not in caplog.text + json.dumps(lines)
    assert {"sign_in_locked"} == {line["event"] for line in lines}
    assert "ada" not in json.dumps(lines)


def test_rows_are_gone_when_they_are_of_no_use(ada):
    for n in range(3):
        sign_in(f"somebody-{n}")
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.first().attempt_time - dt.timedelta(hours=1)
    )
    sign_in("ada", RIGHT)
    assert AccessAttempt.objects.count() == 0


async def test_it_is_told_under_asgi_too(async_client, process, ada):
    for _ in range(TRIES):
        answer = await async_client.post(reverse("login"), {"username": "ada", "password": "wrong"})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
