"""Finds the answers that a correction would erase because whoever sends it may not read them."""

from app.access import Caller
from app.models import Submission
from app.platform.encryption import Vault
from app.problems import Fault
from app.scoring.answers import check_answers
from app.scoring.catalogue import Catalogue
from app.scoring.evaluation import Reading
from app.services.intake.answers import shown_answers
from app.services.intake.checking import Checked


def find_left_out(
    row: Submission, answers: dict[str, object], checked: Checked, caller: Caller, catalogue: Catalogue, vault: Vault
) -> list[Fault]:
    """Returns a fault if a correction leaves out stored answers that are withheld from the caller, though it asks them.

    It names every sensitive question, because which of them have an answer tells something too. Raises VaultError.
    """
    if row.assigned_to is not None and caller.id == str(row.assigned_to):
        return []
    if caller.reads_whole(row.region, row.sent_by, row.revision, row.corrected_by) or not row.answers:
        return []
    before, after = catalogue[row.instrument_id].instrument, checked.published.instrument
    stored = shown_answers(row, before, vault)
    hidden = before.sensitive_codes & (after.question.keys() | after.roster.keys())
    reading = Reading(after, check_answers(answers, after, checked.day)[0], checked.day)
    left = [
        code
        for code in hidden
        if stored.get(code) is not None
        and answers.get(code) is None
        and (code in after.roster or after.question[code].roster is None)
        and reading.asked(code) is True
    ]
    if not left:
        return []
    withheld = [each.code for each in after.questions if each.code in after.sensitive_codes]
    return [Fault("withheld_left_out", pointer="/answers", limits={"options": withheld})]
