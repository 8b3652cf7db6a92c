"""``connhub`` and ``python -m connhub``: the command line."""

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line of the process; also while modules load, Ctrl-C ends it in one line."""
    try:
        from connhub.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from connhub.cli.process import interruption

        print(interruption(sys.argv[1:]), file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
