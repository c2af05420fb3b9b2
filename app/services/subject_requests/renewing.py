"""Renews what the stored answers of a family say of its people, after its identity was corrected.

Rows of a roster of people hold copies of sex, relation and age, by the place of the person in `people`. Every row keeps
its answers, also those to questions that would no longer be asked. A row without a person at its place keeps nothing of
a person. A person without a row gets none, because nobody was asked about that person.
"""

from collections.abc import Sequence
from secrets import token_bytes
from typing import Final

from app.models import Submission
from app.platform.encryption import ContentHash, Vault
from app.problems.stored_warnings import read_warnings, write_warnings
from app.regions.local_time import local_day
from app.scoring.answers import implausible
from app.scoring.basis_text import write_bases
from app.scoring.catalogue import Published
from app.scoring.coding import decode_answers, encode_answers
from app.scoring.people import renew_people
from app.scoring.score import score
from app.services.intake.scores import units_of
from app.services.intake.submission_table import COLUMNS, UNDECIDED, SubmissionRow

_HASH_BYTES: Final = 32
_ODD: Final = "implausible "


def renewed_row(old: Submission, people: Sequence[object], published: Published, vault: Vault) -> SubmissionRow | None:
    """Returns the row of a submission with people as they are now, scored again. None if nothing of it changes.

    Its texts stay as they are stored, and so do answers that retention has taken. Its content hash is drawn, because
    no device sent this content.
    """
    instrument = published.instrument
    if not old.answers or not any(each.people for each in instrument.rosters):
        return None
    day = local_day(old.surveyed_at, old.region)
    before = decode_answers(old.answers, None, instrument)
    answers = renew_people(before, instrument, people, day)
    if answers == before:
        return None
    found = score(answers, instrument, day)
    odd = [f"{_ODD}{each.code}" for each in implausible(answers, instrument, day)]
    hash_key_id, encrypted_hash = vault.encrypt_hash(old.id, ContentHash(token_bytes(_HASH_BYTES)))
    return SubmissionRow(**{name: getattr(old, name) for name in COLUMNS})._replace(
        revision=old.revision + 1,
        answers=encode_answers(answers, instrument)[0],
        outcomes=write_bases(found.bases, instrument),
        index_units=units_of(found, instrument),
        hash_key_id=hash_key_id,
        encrypted_hash=encrypted_hash,
        warnings=write_warnings([*(each for each in read_warnings(old.warnings) if not each.startswith(_ODD)), *odd]),
        uncounted=UNDECIDED,
    )
