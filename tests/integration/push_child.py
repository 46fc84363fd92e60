"""A push to be killed: prints a line after each request that the server has acknowledged."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from console.data_push import Pusher, PushPlan
from console.push_series import Naming
from console.push_server import PushServer


class Talking(PushServer):
    """Says when a request was acknowledged, before anything is noted."""

    def send(self, body: bytes) -> int:
        sent = super().send(body)
        sys.stdout.write("sent\n")
        sys.stdout.flush()
        time.sleep(0.1)
        return sent


def main(folder: Path, url: str, site: str) -> None:
    plan = PushPlan(Naming({"site": site}), body_bytes=30_000)
    with Talking(url) as server:
        Pusher(folder, server, plan).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
