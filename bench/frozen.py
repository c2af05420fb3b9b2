"""The routes that ours are compared with may not change, because a slower yardstick makes everything look faster."""

import hashlib
from pathlib import Path
from typing import Final

from bench.load import LoadError

FROZEN: Final = {
    "bare.py": "fc5747bb12c1582848c79b32615a951ede5f58f046bd86799eebf966488cfcea",
    "bare_insert.py": "bde10f832e726535b7addb35fc72ed473386236b577a3da913d18005ea945285",
    "bare_workers.py": "697f9d3cc7d174e063cefecd31567e5297bba6180dec4b24fce3f6d36dc9af0b",
}


def check_frozen() -> None:
    """Raises LoadError if one of the files is not as it was when its hash was written down."""
    for name, expected in FROZEN.items():
        found = hashlib.sha256((Path(__file__).parent / name).read_bytes()).hexdigest()
        if found != expected:
            raise LoadError(f"bench/{name} has SHA-256 {found}, and bench/frozen.py says {expected}")
