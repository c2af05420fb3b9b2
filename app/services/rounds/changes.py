"""What changed in a round after it was settled. The only writer of `round_change`."""

from typing import Final

_SETTLED: Final = """
SELECT round_village.round_id FROM round_village JOIN instrument ON instrument.code = round_village.instrument
WHERE instrument.id = {changed}.instrument_id AND round_village.region = {changed}.region
AND round_village.opens_at <= {changed}.surveyed_at AND round_village.ends_at > {changed}.surveyed_at
AND round_village.settled_at IS NOT NULL
ORDER BY round_village.opens_at DESC LIMIT 1
"""
_OF_MARKED: Final = f"""
SELECT settled.round_id, marked.region, marked.id, marked.kind::"char"
FROM marked CROSS JOIN LATERAL ({_SETTLED.format(changed="marked")}) AS settled WHERE marked.kind IS NOT NULL
"""  # noqa: S608 (our own names)
RECORD_TAKEN_IN_ROUND: Final = f"""
INSERT INTO round_change (round_id, region, submission_id, kind)
SELECT settled.round_id, taken.region, taken.id, '{{taken}}'::"char"
FROM taken CROSS JOIN LATERAL ({_SETTLED.format(changed="taken")}) AS settled WHERE taken.settled
UNION ALL {_OF_MARKED}
"""  # noqa: S608 (our own names)
"""Statement part for submissions that were `taken` or `marked` after their round was settled.

`taken` is the letter of the kind.
"""
RECORD_MARKED_IN_ROUND: Final = f"""
INSERT INTO round_change (round_id, region, submission_id, kind) {_OF_MARKED}
"""
"""Statement part for submissions that were `marked` after their round was settled."""
RECORD_CHANGED_IN_ROUND: Final = f"""
INSERT INTO round_change (round_id, region, submission_id, kind)
SELECT settled.round_id, changed.region, changed.submission_id, CAST(CAST(:kind AS text) AS "char")
FROM changed CROSS JOIN LATERAL ({_SETTLED.format(changed="changed")}) AS settled
"""  # noqa: S608 (our own names)
"""Statement part for submissions that `changed` after their round was settled, with the letter of the kind."""
