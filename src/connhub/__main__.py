"""``connhub`` and ``python -m connhub``: the command line."""

import signal
import sys
from types import FrameType

__all__ = ["main"]


def main() -> int:
    """Run the command line of the process; return the exit code.

    Ctrl-C while modules load is heeded when they are loaded: an exception would be lost wherever
    Python calls back while it imports.
    """
    asked: list[int] = []

    def remember(number: int, _: FrameType | None) -> None:
        asked.append(number)

    usual = signal.getsignal(signal.SIGINT)
    if usual == signal.default_int_handler:  # not if it is ignored
        signal.signal(signal.SIGINT, remember)
    from connhub.cli.main import main as run
    from connhub.cli.process import interruption

    signal.signal(signal.SIGINT, usual)
    try:
        if not asked:
            return run()
    except KeyboardInterrupt:
        pass
    print(interruption(sys.argv[1:]), file=sys.stderr)
    return 130


if __name__ == "__main__":
    sys.exit(main())
