"""``python -m connhub.cli``."""

import sys

from connhub.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
