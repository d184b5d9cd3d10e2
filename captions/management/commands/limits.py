"""``manage.py limits``: every limit with its value, its default and the reason for that, as Markdown."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from captions.conf import conf, limits

INTRODUCTION = """\
# Limits

Bounds that can be set, each with the reason for its default. Set one as `VOXWEB_LIMIT_<NAME>`;
`python manage.py limits` prints this table with what is in force. Names end in their unit. What nobody need
change (delays between attempts, how long a stop may take) is a constant beside the code that it bounds.
Some belong together: `python manage.py check` names two that do not agree.

| name | default | why |
| --- | --- | --- |
"""


class Command(BaseCommand):
    help = "List every limit with the reason for its default; what is set differently is shown beside it."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = []
        for limit in limits():
            value: float = getattr(conf, limit.name.lower())
            shown = f"{limit.default:g}" if isinstance(limit.default, float) else f"{limit.default:,}"
            if value != limit.default:
                shown += f" (now {value:g})"
            rows.append(f"| `{limit.name}` | {shown} | {limit.why} |\n")
        self.stdout.write(INTRODUCTION + "".join(rows), ending="")
