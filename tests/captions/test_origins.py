from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadField
from captions.origins import MAX_LENGTH, matches, of_address, parse, parse_pattern
from tests.fuzz.effort import effort


@pytest.mark.parametrize(
    ("sent", "means"),
    [
        ("https://example.org", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("http://example.org:8080", "http://example.org:8080"),
        ("HTTPS://Example.ORG", "https://example.org"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_an_origin_is_what_browsers_send(sent, means):
    assert str(parse(sent)) == means


@pytest.mark.parametrize(
    "sent",
    [
        "", "null", "file://", "chrome-extension://abc", "example.org", "https://", "https://a/b", "https://a?",
        "https://a#b", "https://u@a", "https://a:0", "https://a:99999", "https://a:x", "https://a b", "https://[::1",
        "https://-a.example", "https://a..example", "https://*.example.org", "https://a\x00", "https://a,https://b",
        "https://" + "a." * 200 + "example",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_none(sent):
    assert parse(sent) is None


@pytest.mark.parametrize(
    ("address", "means"),
    [
        ("https://example.org/", "https://example.org"),
        ("https://Example.org:443/a?b#c", "https://example.org"),
        ("http://localhost:8001/page", "http://localhost:8001"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]"),
    ],
)
def test_a_page_has_the_origin_of_its_address(address, means):
    assert str(of_address(address)) == means


@pytest.mark.parametrize(
    "address",
    [
        *("", "/page", "about:blank", "data:text/html,x", "file:///home/page.html", "android-app://example"),
        *(
            "https://u:p@example.org/",
            "https://exa mple.org/",
            "https://*.example.org/",
            "https://bücher.example/",
        ),
        *("https://[::1%;script-src-x]/", "https://a\r\nb/", "https://" + "a." * 123 + "example/"),
    ],
)
def test_an_address_that_is_no_page_s_has_none(address):
    assert of_address(address) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.org", "https://example.org"),
        (" https://Blog.Example.org/post?x=1#y ", "https://blog.example.org"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://１２７.0.0.1", "https://127.0.0.1"),
        ("https://[2001:DB8::0001]/", "https://[2001:db8::1]"),
        ("http://localhost:8001", "http://localhost:8001"),
        ("https://*.example.org", "https://*.example.org"),
        ("https://*.example.org:8443/x", "https://*.example.org:8443"),
    ],
)
def test_a_pattern_is_taken_as_people_paste_it(typed, kept):
    assert parse_pattern(typed) == kept


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type the address"),
        ("example.org", "Did you mean https://example.org?"),
        ("*.example.org", "Did you mean https://*.example.org?"),
        ("*", "Type the whole address"),
        ("https://*", "first part of a name"),
        ("https://*.org", "very many sites"),
        ("https://*.1.2.3.4", "very many sites"),
        ("https://a.*.example.org", "first part of a name"),
        ("https://*example.org", "first part of a name"),
        ("https://**.example.org", "first part of a name"),
        ("ftp://example.org", "begins with https://"),
        ("javascript://example.org", "begins with https://"),
        ("https://user:pass@example.org", "name and password"),
        ("https://exa mple.org", "typing errors"),
        ("https://example.org; script-src x", "typing errors"),
        ("https://[::1%;script-src-x]", "typing errors"),
        ("https://[fe80::1%eth0]", "typing errors"),
        ("https://[v1.x]", "typing errors"),
        ("https://*.[2001:db8::1]", "very many sites"),
        ("https://xn--\u200d.example", "Type the address"),
        ("https://ü" + "x" * 300 + ".example", "typing errors"),
        ("https://example.org:70000", "typing errors"),
        ("https://a\x00b", "Type the address"),
        ("https://" + "a" * 3000, "Type the address"),
    ],
)
def test_a_pattern_that_cannot_be_kept_says_what_to_type(typed, says):
    with pytest.raises(BadField, match=says.replace("*", r"\*").replace("?", r"\?")):
        parse_pattern(typed)


@pytest.mark.parametrize(
    ("pattern", "origin", "fits"),
    [
        ("https://example.org", "https://example.org", True),
        ("https://example.org", "http://example.org", False),
        ("https://example.org", "https://example.org:8443", False),
        ("https://example.org", "https://www.example.org", False),
        ("https://*.example.org", "https://www.example.org", True),
        ("https://*.example.org", "https://a.b.example.org", True),
        ("https://*.example.org", "https://example.org", False),
        ("https://*.example.org", "https://badexample.org", False),
        ("https://*.example.org", "http://www.example.org", False),
        ("https://*.example.org:8443", "https://www.example.org:8443", True),
        ("https://*.example.org:8443", "https://www.example.org", False),
    ],
)
def test_a_pattern_stands_for_what_a_content_security_policy_would_let_in(pattern, origin, fits):
    assert matches(pattern, parse(origin)) is fits


@effort(300)
@given(
    st.text()
    | st.from_regex(r"https?://[*a-z.:0-9/@\[\]-]{0,30}", fullmatch=True)
    | st.from_regex(r"https?://\[::1%?.{1,9}\](:[0-9]{1,5})?", fullmatch=True)
    | st.text(min_size=1).map(lambda name: f"https://*.{name}.example")
)
def test_what_is_kept_can_stand_in_a_header_and_is_kept_the_same_again(typed):
    try:
        kept = parse_pattern(typed)
    except BadField:
        return
    assert len(kept) <= MAX_LENGTH
    assert kept.isascii()
    assert not set(kept) & set(" ;,'\"\\\r\n<>?#@")
    assert parse_pattern(kept) == kept


@effort(300)
@given(st.text() | st.from_regex(r"https?://[a-z@.:0-9-]{1,20}(/.{0,9})?", fullmatch=True))
def test_the_origin_of_an_address_is_one_that_a_browser_would_send(address):
    origin = of_address(address)
    assert origin is None or parse(str(origin)) == origin


@effort(300)
@given(st.text() | st.from_regex(r"https?://[a-z.:0-9-]{0,30}", fullmatch=True))
def test_an_origin_is_read_the_same_again_and_allowed_by_itself_alone(sent):
    origin = parse(sent)
    if origin is None:
        return
    assert parse(str(origin)) == origin
    assert matches(parse_pattern(str(origin)), origin)
