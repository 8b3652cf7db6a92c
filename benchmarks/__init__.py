"""connhub and what else a skilled user would take, at the same work on the same files."""

import os

# pip compiles what it installs; of a checkout Python keeps the bytecode itself, unless told not to.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
