"""The long form: `python -m tests.faults --kills 500`. Exits 1 when a row was lost, doubled or changed."""

import argparse
import sys
from functools import partial

from tests.faults import kills
from tests.faults.harness import Servers


def _tell(trial: str, line: str) -> None:
    print(f"{trial}: {line}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="processes to kill in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", type=int, default=None, help="databases to spread them over (one per 100 kills)")
    parser.add_argument("--budget", type=float, default=None, help="seconds after which a trial is judged early")
    parser.add_argument("--mutation", action="append", default=[], help="take a guarantee away: it must fail then")
    options = parser.parse_args()
    trials = options.trials or max(1, options.kills // 100)
    clean = True
    with Servers.running() as servers:
        for n in range(trials):
            result = kills.run(
                servers,
                kills=options.kills // trials,
                seed=options.seed + n,
                mutations=tuple(options.mutation),
                tell=partial(_tell, f"trial {n + 1} of {trials}"),
                budget_s=options.budget,
            )
            print(f"trial {n + 1}: {result}", flush=True)
            clean = clean and result.verdict.clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
