"""The withdrawal of a consent on the wire, and the subject request that it opens."""

from app.schemas.families.consent import ConsentOut
from app.schemas.moments import Instant
from app.schemas.shapes import In, Out
from app.schemas.subject_requests.kinds import RequestChannel
from app.schemas.subject_requests.subject_request import SubjectRequestOut


class WithdrawalIn(In):
    """When and how a family withdrew its consent."""

    channel: RequestChannel
    received_at: Instant


class WithdrawnOut(Out):
    """The consent after its withdrawal, and the subject request to restrict the family that the withdrawal opened."""

    consent: ConsentOut
    request: SubjectRequestOut
