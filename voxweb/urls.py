"""Pages: the app's own, and Django's admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("captions.urls")),
]

handler403 = "captions.views.refusals.not_allowed"
handler404 = "captions.views.refusals.not_found"
