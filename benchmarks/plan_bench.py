#!/usr/bin/env python3
"""From a Plan to findings, reach and all files: the work behind each key press.

    python benchmarks/plan_bench.py [--rounds N] [--profile]

Prints for each Plan the best and the median time of one pass, in ms of CPU time: resolve, assess, reach, render, all.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from wizard import artifacts, fast_start
from wizard.exposure import findings, reach
from wizard.placement.resolve import resolve
from wizard.plan import Plan

PAGE = {"inference": {"origins": ["https://app.example"], "credentials": True}}
PLANS = {
    "torchserve": {"server": "torchserve"},
    "torchserve + gateway": {
        "server": "torchserve",
        "cors": PAGE,
        "auth": {"inference": "gateway-token"},
        "tls": {"mode": "self-signed"},
    },
    "tensorflow": {"server": "tensorflow-serving", "bind": {"inference": {"scope": "all"}}},
    "tensorflow + gateway": {"server": "tensorflow-serving", "cors": PAGE},
}


def whole(plan: Plan) -> None:
    deployment = resolve(plan)
    found = findings.assess(deployment)
    cells = reach.reach(deployment)
    for file in artifacts.render(deployment, None, found, cells):
        _ = file.text


def measured(call: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Best and median CPU time of a call, ms."""
    times = []
    for _ in range(rounds):
        begin = time.process_time_ns()
        call()
        times.append((time.process_time_ns() - begin) / 1e6)
    return min(times), statistics.median(times)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--profile", action="store_true", help="where the time goes, for the Plan with a gateway")
    chosen = options.parse_args()
    for name, data in PLANS.items():
        plan = Plan.model_validate({**data, "models": [{"name": "m", "path": "/models/m.mar"}]})
        whole(plan)
        with fast_start.without_collecting():  # garbage is looked for as seldom as in the wizard
            pass
        deployment = resolve(plan)
        found, cells = findings.assess(deployment), reach.reach(deployment)
        parts = {
            "resolve": lambda plan=plan: resolve(plan),
            "assess": lambda deployment=deployment: findings.assess(deployment),
            "reach": lambda deployment=deployment: reach.reach(deployment),
            "render": lambda d=deployment, f=found, c=cells: [x.text for x in artifacts.render(d, None, f, c)],
            "all": lambda plan=plan: whole(plan),
        }
        figures = {part: measured(call, chosen.rounds) for part, call in parts.items()}
        print(f"{name:22}" + "  ".join(f"{p} {best:.2f} ({median:.2f})" for p, (best, median) in figures.items()))
        if chosen.profile and "torchserve + gateway" in name:
            import cProfile
            import pstats

            profile = cProfile.Profile()
            profile.runcall(lambda plan=plan: [whole(plan) for _ in range(100)])
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
