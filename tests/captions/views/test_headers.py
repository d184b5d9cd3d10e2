"""Header × kind of answer: what each answer of the site tells a browser not to do."""

from __future__ import annotations

import pytest
from asgiref.sync import iscoroutinefunction
from django.core.handlers.asgi import ASGIHandler
from django.test import AsyncClient, Client, override_settings
from django.urls import reverse

from tests.captions.making import segment_row, session_row

pytestmark = pytest.mark.django_db

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
FOR_OTHER_SITES = {
    "static file": {"Cross-Origin-Resource-Policy": "cross-origin"},
    "script for other sites": {"Cross-Origin-Resource-Policy": "cross-origin"},
    "strip for other sites": {
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": None,
    },
}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self' ws://testserver",
    "media-src": "'self' blob:",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


@pytest.fixture
def ask(client, room, ada, settings, tmp_path):
    """Answers by their kind."""
    (tmp_path / "worklet.js").write_text("export {};")
    settings.STATIC_ROOT = tmp_path
    session = session_row(room)
    segment = segment_row(session)
    ada.is_staff = ada.is_superuser = True
    ada.save()
    owner = Client()
    owner.force_login(ada)
    strict = Client(enforce_csrf_checks=True)
    client.raise_request_exception = False

    def answer(kind):
        match kind:
            case "page":
                return client.get("/")
            case "sign-in page":
                return client.get(reverse("login"))
            case "viewer":
                return client.get(reverse("viewer", args=[room.slug]))
            case "host page":
                return owner.get(reverse("host", args=[room.slug]))
            case "room":
                return owner.get(reverse("room", args=[room.slug]))
            case "session":
                return owner.get(reverse("session-review", args=[session.pk]))
            case "admin":
                return owner.get(reverse("admin:captions_segment_change", args=[segment.pk]))
            case "admin's sign-in":
                return client.get(reverse("admin:login"))
            case "redirection":
                return client.get(reverse("room", args=[room.slug]))
            case "static file":
                return client.get("/static/worklet.js")
            case "script for other sites":
                return client.get("/embed.js")
            case "strip for other sites":
                return client.get(reverse("embed", args=[room.slug]))
            case "QR code":
                return client.get(reverse("viewer-qr", args=[room.slug]))
            case "download":
                return client.get(reverse("transcript", args=[session.pk, "vtt"]))
            case "health":
                return client.get("/healthz")
            case "400":
                return client.get("/", headers={"host": "elsewhere.example"})
            case "403":
                return strict.post(reverse("login"))
            case "404":
                return client.get("/nowhere")
            case "404 of ours":
                return client.get(reverse("viewer", args=["no-such-room"]))
            case "405":
                return client.post(reverse("viewer", args=[room.slug]))
            case "500":
                with override_settings(ROOT_URLCONF="tests.captions.views.test_headers"):
                    return client.get("/broken")
        raise AssertionError(kind)

    return answer


KINDS = (
    ("page", 200),
    ("sign-in page", 200),
    ("viewer", 200),
    ("host page", 200),
    ("room", 200),
    ("session", 200),
    ("admin", 200),
    ("admin's sign-in", 200),
    ("redirection", 302),
    ("static file", 200),
    ("script for other sites", 200),
    ("strip for other sites", 200),
    ("QR code", 200),
    ("download", 200),
    ("health", 200),
    ("400", 400),
    ("403", 403),
    ("404", 404),
    ("404 of ours", 404),
    ("405", 405),
    ("500", 500),
)


def policy_of(response):
    return dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize(("kind", "status"), KINDS)
def test_each_kind_of_answer_has_each_header(ask, kind, status):
    response = ask(kind)
    assert response.status_code == status
    headers = {name: response.headers.get(name) for name in EVERYWHERE}
    if kind in {"static file", "400"}:
        # These never come as far as the middleware that sets it; frame-ancestors says the same.
        assert headers.pop("X-Frame-Options") is None
        headers["X-Frame-Options"] = "DENY"
    assert headers == EVERYWHERE | FOR_OTHER_SITES.get(kind, {})
    expected = POLICY if kind != "400" else POLICY | {"connect-src": "'self'"}
    if kind == "strip for other sites":
        expected = expected | {"frame-ancestors": "'self'"}
    if kind == "room":
        expected = expected | {"frame-src": "'self'"}  # how it looks there
    assert policy_of(response) == expected


def test_the_playground_hears_a_microphone_and_no_more(client, ada):
    client.force_login(ada)
    permissions = client.get("/playground/")["Permissions-Policy"].split(", ")
    assert {"microphone=(self)", "display-capture=()", "camera=()"} <= set(permissions)


@pytest.mark.parametrize(("kind", "status"), KINDS)
def test_the_microphone_is_for_the_host_page_alone(ask, kind, status):
    permissions = ask(kind)["Permissions-Policy"].split(", ")
    for feature in ("microphone", "display-capture", "screen-wake-lock"):
        assert f"{feature}=({'self' if kind == 'host page' else ''})" in permissions
    for feature in ("camera", "geolocation", "usb", "payment"):
        assert f"{feature}=()" in permissions


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["events", "segments"])
async def test_streams_and_json_have_them_too(room, process, name):
    response = await AsyncClient().get(reverse(name, args=[room.slug]))
    assert response.status_code == 200
    assert policy_of(response) == POLICY
    assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "microphone=()" in response["Permissions-Policy"]


def test_any_page_may_load_a_static_file_as_a_module(ask):
    assert ask("static file")["Access-Control-Allow-Origin"] == "*"


@override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True)
def test_over_https_a_browser_is_told_to_stay_there_and_where_the_sockets_are(client):
    response = client.get("/", secure=True)
    assert response["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")
    assert policy_of(response)["connect-src"] == "'self' wss://testserver"


def test_no_middleware_makes_the_chain_synchronous():
    handler = ASGIHandler()
    assert iscoroutinefunction(handler._middleware_chain)
    chain, seen = handler._middleware_chain, []
    while (inner := getattr(chain, "__wrapped__", None) or getattr(chain, "get_response", None)) is not None:
        chain = inner
        seen.append(type(chain).__name__)
        assert iscoroutinefunction(chain), seen
    assert "HeadersMiddleware" in seen
    assert "AxesMiddleware" in seen


def broken(request):
    raise ZeroDivisionError


from django.urls import path  # noqa: E402

urlpatterns = [path("broken", broken)]
