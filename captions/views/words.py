"""Our own words in other languages: for scripts on other sites, and the choice of a reader here."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from captions import i18n
from captions.conf import conf
from captions.consumers.visitor import is_ours

FRESH_S = 60 * 60
"""How long a browser may take older words for the present ones."""


@require_safe
def catalog(request: HttpRequest, language: str) -> HttpResponse:
    """What our scripts say in a language, by what it is in English. Looks at nobody's cookie."""
    if language not in conf.interface_languages:
        raise Http404
    body = {"language": language, "catalog": i18n.catalog(language)}
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
    response["Cache-Control"] = f"public, max-age={FRESH_S}"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_POST
@csrf_exempt  # its token would be a cookie for everybody who reads along; an origin does as well here
def choose(request: HttpRequest) -> HttpResponse:
    """Keep a reader's choice in a cookie, and go back to where it was made."""
    if not is_ours(request.headers.get("Origin", ""), request.get_host()):
        raise PermissionDenied
    if request.POST.get("language") not in {i18n.ENGLISH, *conf.interface_languages}:
        raise Http404
    response: HttpResponse = set_language(request)
    return response
