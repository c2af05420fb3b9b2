"""Measures what it costs to sign a receipt and to verify one, as ratios to checking and scoring a family of ikk-29.

All take turns in one run, and only the CPU time of this thread counts. Beside the signing of the service is that of
jose alone, which makes the header anew for each, and the bare signature of `cryptography`, which nothing can undercut.
`python -m bench.receipts` prints the ratios.
"""

import argparse
import gc
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.config import Settings
from app.platform.codes import make_receipt_code
from app.platform.key_ring import make_ring
from app.platform.receipts import Receipt, ReceiptSigner
from app.platform.signatures import load_pair, sign
from app.scoring.compiled import Compiled
from app.scoring.reading.files import read_instrument
from app.synthetic import draw_answers
from bench.scoring import DAY, FILE, seconds_of

HASH = "sha-256:" + "5f" * 32


def make_contestants(folder: Path) -> tuple[ReceiptSigner, dict[str, Callable[[Receipt], object]]]:
    """The signer of the service, and ways to sign a receipt by name."""
    ring = make_ring(folder / "keys.json")
    ring.settle(ring.newest(), ())
    signer, secret = ReceiptSigner(Settings(folder=folder), ring), ring.current("receipt-signing").secret
    pair = load_pair(secret)[0]
    private: Any = serialization.load_pem_private_key(secret.encode(), None)
    scheme = ec.ECDSA(hashes.SHA256())
    return signer, {
        "sign": signer.sign,
        "sign by jose alone": lambda receipt: sign(asdict(receipt), pair, "3f9a0c51be72"),
        "bare signature": lambda receipt: private.sign(receipt.code.encode(), scheme),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--receipts", type=int, default=1500, help="receipts and families in each round")
    chosen = parser.parse_args()
    instrument, random = read_instrument(FILE.read_bytes()), Random(29)
    compiled = Compiled(instrument)

    def score(sent: dict[str, Any]) -> object:
        taken, _ = compiled.take(sent, DAY)
        return compiled.scores.packed(compiled.scores.scored(taken.bases))

    def draw() -> list[dict[str, Any]]:
        return [dict(draw_answers(instrument, random, lambda _: 0.75)) for _ in range(chosen.receipts)]

    seconds_of(score, draw())
    with tempfile.TemporaryDirectory() as folder:
        signer, contestants = make_contestants(Path(folder))
        gc.collect()
        gc.freeze()
        ratios: dict[str, list[float]] = {name: [] for name in (*contestants, "verify")}
        micros: dict[str, list[float]] = {name: [] for name in ("check and score", *ratios)}
        for _ in range(chosen.rounds):
            receipts = _draw_receipts(signer, random, chosen.receipts)
            base = seconds_of(score, draw())
            micros["check and score"].append(base * 1e6)
            found = {name: seconds_of(call, receipts) for name, call in contestants.items()}
            found["verify"] = seconds_of(signer.verify, [signer.sign(each) for each in receipts])
            for name, seconds in found.items():
                micros[name].append(seconds * 1e6)
                ratios[name].append(seconds / base)
    print(f"check and score a family  {statistics.median(micros['check and score']):6.1f} us")
    for name, each in ratios.items():
        spread = f"{statistics.median(each):.2f} ({min(each):.2f}-{max(each):.2f})"
        print(f"{name:24}  {statistics.median(micros[name]):6.1f} us   ÷ check and score {spread}")


def _draw_receipts(signer: ReceiptSigner, random: Random, count: int) -> Sequence[Receipt]:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    ids = (UUID(int=random.getrandbits(128), version=4) for _ in range(count))
    return [signer.make(each, 1, "6372061004", now, make_receipt_code(), HASH) for each in ids]


if __name__ == "__main__":
    main()
