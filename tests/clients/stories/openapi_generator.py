"""The story of docs/guides/app-builders.md, told with the Python client that OpenAPI Generator writes."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from ikk_generated import (
    AccessApi,
    AggregatesApi,
    ApiClient,
    Configuration,
    FamilyIn,
    ProblemOut,
    ReferenceApi,
    ScoreIn,
    SubmissionIn,
    SubmissionOut,
    SubmissionsApi,
    TokenOut,
)
from ikk_generated.exceptions import ApiException

ADDRESS = os.environ["ADDRESS"]
USERNAME = os.environ["USERNAME"]
PASSWORD = "kopi susu di teras"


def refused(request: Callable[[], object]) -> ProblemOut:
    """The problem that a request gets."""
    try:
        request()
    except ApiException as error:
        problem = error.data
    else:
        raise AssertionError("the request succeeds")
    assert isinstance(problem, ProblemOut)
    return problem


def sign_in(access: AccessApi) -> TokenOut:
    """Sets a password with the one-time code, signs in and refreshes."""
    code = os.environ["CODE"]
    assert refused(lambda: access.set_password(username=USERNAME, new_password="kopi", code=code)).status == 422
    assert access.set_password_with_http_info(username=USERNAME, new_password=PASSWORD, code=code).status_code == 204
    wrong = refused(lambda: access.create_token("password", username=USERNAME, password="teh manis di teras"))
    assert wrong.error == "invalid_grant"
    first = access.create_token("password", username=USERNAME, password=PASSWORD)
    second = access.create_token("refresh_token", refresh_token=first.refresh_token)
    assert second.access_token != first.access_token
    return second


def look_up(kader: ApiClient, interview: SubmissionIn) -> None:
    """Fetches what an app keeps on the device."""
    assert AccessApi(kader).get_caller().scopes["submissions:write"] == ["6372061004"]
    reference = ReferenceApi(kader)
    instruments = reference.list_instruments()
    assert interview.version in [each.version for each in instruments.items if each.code == interview.instrument]
    assert reference.get_instrument(interview.instrument, interview.version).content["question"]
    assert reference.get_instrument_schema(interview.instrument, interview.version)["properties"]
    region = reference.get_region(interview.region)
    villages = reference.list_regions(parent=region.parent, limit=3)
    assert len(villages.items) == 3
    assert villages.next is not None


def send(submissions: SubmissionsApi, interview: SubmissionIn) -> None:
    """Scores, sends, sends again, sends with other content and with faults, and reads the receipt."""
    told = {name: getattr(interview, name) for name in ("instrument", "version", "answers")}
    score = submissions.compute_score(ScoreIn(**told))
    made = uuid4()
    stored = submissions.put_submission_with_http_info(made, interview)
    assert stored.status_code == 201
    # The type is that of a 200, which is also what a correction returns.
    assert isinstance(stored.data, SubmissionOut)
    assert stored.data.score.index == score.index
    resent = submissions.put_submission_with_http_info(made, interview)
    assert resent.status_code == 200
    again = resent.data.actual_instance
    assert isinstance(again, SubmissionOut)
    assert again.receipt == stored.data.receipt
    other = interview.model_copy(update={"family": FamilyIn(head_sex=interview.family.head_sex, members=2)})
    conflict = refused(lambda: submissions.put_submission(made, other))
    assert conflict.status == 409
    assert conflict.stored == stored.data.receipt
    many = interview.model_copy(update={"answers": {**interview.answers, "members": "many"}})
    faulty = refused(lambda: submissions.put_submission(uuid4(), many))
    assert "/answers/members" in [each.pointer for each in faulty.faults or ()]
    assert submissions.get_submission(made).counts
    assert [each.id for each in submissions.list_submissions(year=2025, counts=True).items] == [made]


def client_with(token: str | None = None) -> ApiClient:
    return ApiClient(Configuration(host=ADDRESS, access_token=token))


def play() -> None:
    access = AccessApi(client_with())
    interview = SubmissionIn.from_json(Path("interview.json").read_text("utf-8"))
    assert interview is not None
    token = sign_in(access)
    kader = client_with(token.access_token)
    look_up(kader, interview)
    send(SubmissionsApi(kader), interview)
    forbidden = refused(lambda: AggregatesApi(kader).get_aggregate("6372061004", 2025))
    assert forbidden.type == "urn:ikk:problem:missing-scope"
    client_id, secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
    agency = access.create_token("client_credentials", client_id=client_id, client_secret=secret)
    assert agency.refresh_token is None
    figures = AggregatesApi(client_with(agency.access_token)).get_aggregate("6372061004", 2025)
    assert figures.protected
    assert figures.families == 0
    assert figures.progress is not None
    assert figures.progress.families == 1
    assert figures.index.mean is None
    assert token.refresh_token is not None
    access.revoke_token(token=token.refresh_token)


play()
