"""`python -m backends.ingest`."""

import sys

from backends.ingest.cli import main

if __name__ == "__main__":
    sys.exit(main())
