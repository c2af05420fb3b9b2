"""Events of changes to submissions, for a feed. The only writer of `change_event`.

Whatever changes a submission writes its event in the same transaction. So no change lacks its event, and a transaction
that is rolled back leaves none. An event tells nothing of a family.
"""

from typing import Final

RECORD_TAKEN: Final = """
INSERT INTO change_event (kind, region, year, instrument_id, submission_id)
SELECT 'submission.taken', :region, :year, :instrument_id, :id FROM taken
"""
"""Statement part that writes the event of a submission, if it was `taken`."""
