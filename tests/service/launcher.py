"""A process that runs both servers until it is told to stop; tests start it, watch it and kill it.

Usage: launcher.py FOLDER [no-namespaces]. It prints one JSON line once both servers answer.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from unittest.mock import patch

from service.embedded import ServerError, Servers


def main() -> None:
    """Start, say where, wait for a TERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with Servers(Path(sys.argv[1]), fsync=False) as servers:
            pids = {server.name: server.pid for server in servers.started()}
            answer = {"database": servers.database_url, "redis": servers.redis_url, "pids": pids}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
            signal.pause()
    except ServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    if "no-namespaces" in sys.argv:
        with patch("service.embedded.root.namespaces_allowed", return_value=False):
            main()
    else:
        main()
