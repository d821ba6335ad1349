"""`python -m backlinks`."""

import sys

from .start import entry

if __name__ == "__main__":
    sys.exit(entry())
