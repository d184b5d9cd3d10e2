"""``manage.py speechserver``: the local speech server alone."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Recognise speech on this machine, behind the same interface as the cloud service."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        self._main().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        status = self._main().run_with(argparse.Namespace(**options))
        if status:
            sys.exit(status)

    def _main(self) -> Any:
        try:
            from captions.speechserver import main
        except ImportError as exc:
            raise CommandError(f'The speech server needs more: pip install "voxweb[local]" ({exc}).') from exc
        return main
