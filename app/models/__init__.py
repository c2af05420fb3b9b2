"""The tables. They only store, and nothing here validates. Importing this package fills SQLModel's metadata."""

from app.models.address import AddressUse
from app.models.agency import Agency, AgencySecret
from app.models.audit import AUDIT_LOG, AuditEntry, AuditLabel, AuditQueue
from app.models.case_report import CaseReport
from app.models.change_event import ChangeEvent
from app.models.context import ContextFigure, ContextIndicator
from app.models.export_key import ExportKey
from app.models.family import Consent, EarlierIdentity, Family, FamilyIdentity, FamilyKey, Identification
from app.models.held import HeldNumber, HeldSubmission
from app.models.instrument import PublishedInstrument
from app.models.lost_key import LostKey
from app.models.person import Person, RoleGrant
from app.models.phone import Device, PhoneForm, PhoneInstance
from app.models.region import Region, RegionChange, RegionEdition, VillageUrban
from app.models.release import FigureUnit, FigureVersion, Release, ReleaseCard
from app.models.review import SubmissionReview
from app.models.round import Round, RoundChange, RoundVillage
from app.models.second_factor import RecoveryCode, SecondFactor
from app.models.sign_in import BlockedOutsider, RefreshToken, Revocation, SignIn
from app.models.subject_request import SubjectRequest
from app.models.submission import ErasedSubmission, Submission, SubmissionRevision
from app.models.sums import VillageSums
from app.models.throttle import FailedSignIn, FamiliarPlace, RequestUse
from app.models.token_area import TokenArea

__all__ = [
    "AUDIT_LOG",
    "AddressUse",
    "Agency",
    "AgencySecret",
    "AuditEntry",
    "AuditLabel",
    "AuditQueue",
    "BlockedOutsider",
    "CaseReport",
    "ChangeEvent",
    "Consent",
    "ContextFigure",
    "ContextIndicator",
    "Device",
    "EarlierIdentity",
    "ErasedSubmission",
    "ExportKey",
    "FailedSignIn",
    "FamiliarPlace",
    "Family",
    "FamilyIdentity",
    "FamilyKey",
    "FigureUnit",
    "FigureVersion",
    "HeldNumber",
    "HeldSubmission",
    "Identification",
    "LostKey",
    "Person",
    "PhoneForm",
    "PhoneInstance",
    "PublishedInstrument",
    "RecoveryCode",
    "RefreshToken",
    "Region",
    "RegionChange",
    "RegionEdition",
    "Release",
    "ReleaseCard",
    "RequestUse",
    "Revocation",
    "RoleGrant",
    "Round",
    "RoundChange",
    "RoundVillage",
    "SecondFactor",
    "SignIn",
    "SubjectRequest",
    "Submission",
    "SubmissionReview",
    "SubmissionRevision",
    "TokenArea",
    "VillageSums",
    "VillageUrban",
]
