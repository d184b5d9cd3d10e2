import pytest

from captions.speechserver.access import Admitted, Denied, check_key, find_key, is_foreign
from captions.speechserver.switches import Switches

PLAIN = Switches()


def test_the_header_wins_over_the_query():
    assert find_key({"X-Api-Key": "one"}, {"token": "two"}, PLAIN) == ("one", "header")
    assert find_key({}, {"token": "two"}, PLAIN) == ("two", "query")


def test_a_bearer_token_counts_only_where_the_switch_says_so():
    headers = {"Authorization": "Bearer emu-key"}
    assert isinstance(check_key(headers, {}, PLAIN), Denied)
    assert isinstance(check_key(headers, {}, PLAIN.changed({"legacy_bearer": True})), Admitted)


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("", 401, "UNAUTHORIZED"),
        ("wrong", 401, "UNAUTHORIZED"),
        ("emu-key-forbidden", 403, "FORBIDDEN"),
        ("emu-key-quota", 429, "QUOTA_EXCEEDED"),
    ],
)
def test_each_bad_key_is_refused_in_its_own_way(key, status, code):
    verdict = check_key({"X-Api-Key": key}, {}, PLAIN)
    assert isinstance(verdict, Denied)
    assert (verdict.status, verdict.code) == (status, code)


def test_only_the_key_without_transform_may_not_transform():
    assert check_key({"X-Api-Key": "emu-key"}, {}, PLAIN) == Admitted("header", True)
    assert check_key({"X-Api-Key": "emu-key-nollm"}, {}, PLAIN) == Admitted("header", False)


def test_retry_after_is_told_where_the_switch_sets_it():
    verdict = check_key({"X-Api-Key": "emu-key-quota"}, {}, PLAIN.changed({"retry_after": 3}))
    assert isinstance(verdict, Denied)
    assert verdict.retry_after == "3"


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({"Host": "127.0.0.1:8010"}, False),
        ({"Host": "localhost:8010", "Origin": "http://localhost:8000"}, False),
        ({"Host": "[::1]:8010"}, False),
        ({"Host": "127.0.0.1:8010", "Origin": "https://example.org"}, True),
        ({"Host": "127.0.0.1:8010", "Origin": "null"}, True),
        ({"Host": "rebound.example.org:8010", "Origin": "http://rebound.example.org:8010"}, True),
        ({"Host": "rebound.example.org:8010"}, True),
        ({}, True),
        ({"Host": "127.0.0.1", "Origin": "http://[broken"}, True),
    ],
)
def test_pages_of_other_sites_are_told_from_our_own(headers, foreign):
    assert is_foreign(headers, "127.0.0.1") is foreign
