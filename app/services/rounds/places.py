"""The round that an interview belongs to, by its village, instrument and day. The only reader of it for intake."""

from typing import Final

ROUND_OF_GIVEN: Final = """
SELECT round_village.late_from <= now() AS late, round_village.settled_at IS NOT NULL AS settled FROM round_village
WHERE round_village.region = given.region AND round_village.instrument = given.instrument
AND round_village.opens_at <= given.surveyed_at AND round_village.ends_at > given.surveyed_at
ORDER BY round_village.opens_at DESC LIMIT 1
"""
"""Statement part with the round of what is `given`, and whether it is late and the round settled."""
