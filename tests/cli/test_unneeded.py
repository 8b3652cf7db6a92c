"""What a command does not use is not loaded; what it uses works."""

import subprocess
import sys

import pytest

PLAIN = """
for name in ("yaml", "scipy"):
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        print(error.name)
"""
STATISTICS = """
from scipy.special import ndtri
import numpy as np
print(ndtri(0.5), *(m for m in sys.modules if m.startswith("numpy.f2py")))
"""


@pytest.mark.parametrize(
    ("statistics", "code", "printed"),
    [(False, PLAIN, "yaml\nscipy"), (True, STATISTICS, "0.0 numpy.f2py")],
)
def test_what_is_not_used_is_not_loaded(statistics, code, printed):
    inner = code.replace("\n", "\n    ")
    program = (
        "import sys\nfrom connhub.cli.unneeded import spared\n"
        f"with spared(statistics={statistics}):{inner}"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip() == (
        printed
    )


def test_afterwards_all_is_there():
    program = (
        "from connhub.cli.unneeded import spared\n"
        "with spared(statistics=False): pass\n"
        "import numpy.f2py, scipy, yaml\nnumpy.f2py.run_main"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
