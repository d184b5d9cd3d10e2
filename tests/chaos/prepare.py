"""Fills the database in DATABASE_URL with Ada, her rooms and her sign-in; for ``databases``."""

from __future__ import annotations

import json

import django

ROOMS = 60


def slug(number: int) -> str:
    """Of the rooms that are there."""
    return f"chaos-hall-{number:02}"


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    from captions.services.rooms import create_room

    call_command("migrate", verbosity=0)
    ada = User.objects.create_user("ada")
    for number in range(ROOMS):
        create_room(owner=ada, title=f"Hall {number}", language="en-US", slug=slug(number))
    client = Client()
    client.force_login(ada)
    name = settings.SESSION_COOKIE_NAME
    print(json.dumps({"cookie": f"{name}={client.cookies[name].value}"}))


if __name__ == "__main__":
    main()
