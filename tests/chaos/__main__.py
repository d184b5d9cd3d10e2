"""The chaos suite from the command line; see ``--help``."""

from __future__ import annotations

import sys

from tests.chaos.suite import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
