"""The command line of the package: a worker for the handlers of a file."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import Any

from . import __version__
from .worker.module import ModuleProblem, load_handlers
from .worker.work import WorkerFailed
from .worker.worker import Worker

_EXAMPLES = """examples:
  python -m waybill worker handlers.py
  python -m waybill worker handlers.py --server https://waybill.example --concurrency 50
"""


def main(args: list[str]) -> int:
    """The exit status: 1 when a worker gave up, 2 when it could not begin."""
    parser = _parser()
    options = parser.parse_args(args)
    if options.command != "worker":
        parser.print_help()
        return 2
    return _work(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m waybill",
        description="Workers of Waybill, a self-hosted job platform.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"waybill {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    worker = commands.add_parser(
        "worker",
        help="do the tasks that a file has handlers for",
        description="Does the tasks that the files have handlers for, until SIGTERM or SIGINT.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    worker.add_argument("files", nargs="+", metavar="FILE", help="a Python file, or the name of a module")
    worker.add_argument("--server", metavar="URL", help="else WAYBILL_SERVER, or that of the last `waybill login`")
    worker.add_argument("--token", help="else WAYBILL_TOKEN, or what `waybill login` saved for the server")
    worker.add_argument("--concurrency", type=int, default=10, metavar="N", help="tasks at once (default: 10)")
    worker.add_argument("--prefetch", type=int, metavar="N", help="tasks taken beforehand (default: as it turns out)")
    worker.add_argument("--lease-seconds", type=float, default=10.0, metavar="S", help="default: 10")
    worker.add_argument(
        "--shutdown-seconds", type=float, default=30.0, metavar="S", help="for tasks at work, at the end (default: 30)"
    )
    worker.add_argument("--worker-id", metavar="ID", help="shown with its tasks (default: made of the machine's name)")
    worker.add_argument(
        "--no-capture-logging",
        dest="capture_logging",
        action="store_false",
        help="what handlers log by `logging` goes to standard error alone, not to the logs of their tasks",
    )
    worker.add_argument("--quiet", action="store_true", help="log warnings and errors only")
    return parser


def _work(options: argparse.Namespace) -> int:
    level = logging.WARNING if options.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        handlers: dict[str, Any] = {}
        tasks: list[Any] = []
        for name in options.files:
            found = load_handlers(name)
            handlers.update(found.handlers)
            tasks += [task for task in found.tasks if task not in tasks]
        worker = Worker(
            options.server,
            options.token,
            handlers=handlers,
            tasks=tasks,
            concurrency=options.concurrency,
            prefetch=options.prefetch,
            lease_seconds=options.lease_seconds,
            shutdown_seconds=options.shutdown_seconds,
            worker_id=options.worker_id,
            catch_stray=True,
            capture_logging=options.capture_logging,
        )
    except (ModuleProblem, ValueError, TypeError) as error:
        print(f"waybill: {error}", file=sys.stderr)
        return 2
    try:
        worker.run()
    except WorkerFailed:
        # It has said why.
        return 1
    return 0
