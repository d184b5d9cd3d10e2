#!/usr/bin/env python
"""Django's command line for voxweb."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxweb.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as exc:
        # A wrong setting is one sentence that says what to do, not a traceback.
        sys.exit(str(exc))


if __name__ == "__main__":
    main()
