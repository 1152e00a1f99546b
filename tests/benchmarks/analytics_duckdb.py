"""DuckDB's side of tests.benchmarks.analytics: needs nothing but duckdb, so that any Python that has it can run this.

`analytics_duckdb.py load FILE TABLE CSV` adds rows; `analytics_duckdb.py ask FILE` takes a JSON list of statements on
standard input and prints the best of three times of each.
"""

import json
import sys
import time

import duckdb  # type: ignore[import-not-found] # no dependency of ours: whoever has it may compare

ROUNDS = 3
THREADS = 2


def main() -> None:
    connection = duckdb.connect(sys.argv[2])
    connection.execute(f"SET threads = {THREADS}")
    if sys.argv[1] == "load":
        table, path = sys.argv[3], sys.argv[4]
        reading = f"SELECT * FROM read_csv('{path}', header = true)"
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} AS {reading} LIMIT 0")
        connection.execute(f"INSERT INTO {table} {reading}")
        return
    times = []
    for statement in json.loads(sys.stdin.read()):
        best = None
        for _ in range(ROUNDS):
            started = time.perf_counter()
            connection.execute(statement).fetchall()
            elapsed = time.perf_counter() - started
            best = elapsed if best is None else min(best, elapsed)
        times.append(best)
    print(json.dumps(times))


if __name__ == "__main__":
    main()
