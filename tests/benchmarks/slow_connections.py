"""A thousand clients that hold connections open, as a process of its own: a load beside them must not wait for them.

`python -m tests.benchmarks.slow_connections --port N [--count N]` writes a line when all are open, and how many were
opened in all when its input ends.
"""

import argparse
import asyncio
import sys
from contextlib import suppress

import uvloop

AGAIN_S = 0.2  # whoever is cut comes again, as an attacker would
KINDS = (
    b"",
    b"GET / HTTP/1.1\r\nhost: a\r\nx: ",
    b"POST /api/v1/ivr/held HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n",
)


class Slow:
    """Sockets that say nothing, or drip a header, or drip a body, a letter a second."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.opened = 0

    async def one(self, number: int) -> None:
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                self.opened += 1
                writer.write(KINDS[number % len(KINDS)])
                while not writer.transport.is_closing():
                    await asyncio.sleep(1)
                    if number % len(KINDS):
                        writer.write(b"x")
            await asyncio.sleep(AGAIN_S)


async def run(port: int, count: int) -> None:
    slow = Slow(port)
    tasks = [asyncio.create_task(slow.one(number)) for number in range(count)]
    while slow.opened < count:  # noqa: ASYNC110 - the operating system says nothing when they are all there
        await asyncio.sleep(0.05)
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(slow.opened, flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, default=1_000)
    given = parser.parse_args()
    uvloop.run(run(given.port, given.count))


if __name__ == "__main__":
    main()
