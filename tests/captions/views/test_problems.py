from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client


@pytest.mark.django_db
def test_an_unknown_address_is_told_in_words():
    answer = Client().get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize("page", ["400.html", "500.html"])
def test_a_failure_needs_nothing_to_be_told(page):
    assert "<h1>" in render_to_string(page)
