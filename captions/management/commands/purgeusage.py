"""``manage.py purgeusage``: forget the speech time and the spoken characters of days long gone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from captions.services import characters, listening, usage

KEPT_DAYS = 400
"""A year and a month: this month can be compared with the same one last year."""


class Command(BaseCommand):
    help = "Delete what was counted on days long gone: speech time and characters. No text is touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep-days",
            type=int,
            default=KEPT_DAYS,
            help="days before today to keep (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keep_days: int = options["keep_days"]
        if not 0 <= keep_days <= 36_500:
            # Today's rows are what limits go by.
            raise CommandError("--keep-days is a number of days from 0 to 36500. Today is always kept.")
        before = usage.today() - dt.timedelta(days=keep_days)
        deleted = sum(each.purge(before=before) for each in (usage, characters, listening))
        self.stdout.write(f"Deleted: {deleted}.")
