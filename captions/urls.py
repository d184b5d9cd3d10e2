"""Pages and downloads; the sockets are in :mod:`captions.routing`."""

from django.contrib.auth import views as auth
from django.urls import path

from captions.forms import SignInForm
from captions.views import (
    accounts,
    embed,
    feed,
    guests,
    health,
    metrics,
    overlay,
    overlay_builder,
    people,
    plain,
    rooms,
    sessions,
    viewer,
    widget,
)

urlpatterns = [
    path("", accounts.home, name="home"),
    path(
        "accounts/login/",
        auth.LoginView.as_view(
            template_name="captions/login.html",
            authentication_form=SignInForm,
            redirect_authenticated_user=True,
            extra_context={"nav": "login"},
        ),
        name="login",
    ),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/once/", accounts.once, name="once"),
    path("rooms/", rooms.room_list, name="room-list"),
    path("rooms/new/", rooms.new, name="room-new"),
    path("rooms/<str:slug>/", rooms.page, name="room"),
    path("rooms/<str:slug>/edit/", rooms.edit, name="room-edit"),
    path("rooms/<str:slug>/open/", rooms.set_open, {"is_open": True}, name="room-open"),
    path("rooms/<str:slug>/close/", rooms.set_open, {"is_open": False}, name="room-close"),
    path("rooms/<str:slug>/delete/", rooms.delete, name="room-delete"),
    path("rooms/<str:slug>/host/", rooms.host, name="host"),
    path("rooms/<str:slug>/people/add/", people.add, name="room-people-add"),
    path("rooms/<str:slug>/people/remove/", people.remove, name="room-people-remove"),
    path("rooms/<str:slug>/guests/add/", guests.add, name="room-guests-add"),
    path("rooms/<str:slug>/guests/revoke/", guests.revoke, name="room-guests-revoke"),
    path("rooms/<str:slug>/overlay/", overlay_builder.page, name="overlay-builder"),
    path("rooms/<str:slug>/overlay/add/", overlay_builder.add, name="overlay-links-add"),
    path("rooms/<str:slug>/overlay/revoke/", overlay_builder.revoke, name="overlay-links-revoke"),
    path("overlay/<str:slug>/", overlay.page, name="overlay"),
    path("embed/<str:slug>/", embed.page, name="embed"),
    path("embed.js", widget.script, name="embed-script"),
    path("g/<str:token>/", guests.follow, name="guest"),
    path("r/<str:slug>/", viewer.page, name="viewer"),
    path("r/<str:slug>/text/", plain.page, name="plain-text"),
    path("r/<str:slug>/qr.svg", viewer.qr, name="viewer-qr"),
    path("r/<str:slug>/events", feed.events, name="events"),
    path("r/<str:slug>/segments", feed.segments, name="segments"),
    path("sessions/<uuid:session_id>/review/", sessions.review, name="session-review"),
    path("sessions/<uuid:session_id>/rename/", sessions.rename, name="session-rename"),
    path("sessions/<uuid:session_id>/delete/", sessions.delete, name="session-delete"),
    path("sessions/<uuid:session_id>/transcript.<slug:format>", sessions.transcript, name="transcript"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
