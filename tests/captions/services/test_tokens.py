from __future__ import annotations

import base64
import string
import uuid

from django.core import signing
from hypothesis import given
from hypothesis import strategies as st

from captions.services.tokens import row_named, token_of

ROW = uuid.UUID(int=0x1234_5678)
OURS = "captions.test-link"


@given(st.uuids())
def test_a_token_leads_back_to_its_row(row_id):
    assert row_named(token_of(row_id, OURS), OURS) == row_id


@given(st.uuids())
def test_a_token_fits_into_an_address_as_it_is(row_id):
    assert set(token_of(row_id, OURS)) <= set(string.ascii_letters + string.digits + "-_.")


def test_a_token_for_one_purpose_is_none_for_another():
    assert row_named(token_of(ROW, OURS), "captions.other-link") is None


@given(st.text() | st.binary().map(lambda some: some.decode("latin-1")))
def test_what_somebody_makes_up_names_nothing(written):
    assert row_named(written, OURS) is None


def test_nothing_but_a_whole_token_of_ours_names_a_row():
    token = token_of(ROW, OURS)
    name, _, signature = token.partition(".")
    other = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    signed = signing.Signer(salt=OURS, sep=".").sign
    for written in (
        name,
        token[:-1],
        f"{token}a",
        f"{other}.{signature}",
        signed("hello"),
        signed(""),
        signing.Signer(key="x" * 50, salt=OURS, sep=".").sign(name),
        "x" * 1_000_000,
    ):
        assert row_named(written, OURS) is None, written[:80]
