"""`python -m tests.storm` runs the storm at full scale. It exits with 1 if anything was lost, doubled or wrong."""

import argparse
import asyncio
import sys
from dataclasses import replace

import uvloop

from tests.storm.run import blow
from tests.storm.scale import FULL


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    options.add_argument("--devices", type=int, default=FULL.devices, help="devices that send at once")
    options.add_argument("--interviews", type=int, default=FULL.interviews, help="interviews of each device")
    options.add_argument("--rounds", type=int, default=FULL.rounds, help="how often each disturbance comes")
    options.add_argument("--seed", type=int, default=FULL.seed, help="draws other interviews and other bad luck")
    chosen = replace(FULL, **vars(options.parse_args()))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return 0 if runner.run(blow(chosen)).good else 1


if __name__ == "__main__":
    sys.exit(main())
