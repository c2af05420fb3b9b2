"""The story of docs/guides/app-builders.md, told with the client that openapi-python-client generates."""

import json
import os
from pathlib import Path
from uuid import uuid4

from ikk_client import AuthenticatedClient, Client
from ikk_client.api.access import create_token, get_caller, revoke_token, set_password
from ikk_client.api.aggregates import get_aggregate
from ikk_client.api.reference import get_instrument, get_instrument_schema, get_region, list_instruments, list_regions
from ikk_client.api.submissions import compute_score, get_submission, list_submissions, put_submission
from ikk_client.models import (
    AggregateOut,
    CallerOut,
    FamilyIn,
    InstrumentPage,
    InstrumentWholeOut,
    PasswordIn,
    PresentedIn,
    ProblemOut,
    ProgressOut,
    RegionOut,
    RegionPage,
    ScoreIn,
    ScoreOut,
    SubmissionIn,
    SubmissionOut,
    SubmissionRowPage,
    TokenIn,
    TokenInGrantType,
    TokenOut,
)
from ikk_client.types import Unset

ADDRESS = os.environ["ADDRESS"]
PASSWORD = "kopi susu di teras"


def sign_in(anybody: Client) -> TokenOut:
    """Sets a password with the one-time code, signs in and refreshes."""
    form = PasswordIn(username=os.environ["USERNAME"], code=os.environ["CODE"], new_password="kopi")
    weak = set_password.sync_detailed(client=anybody, body=form)
    assert weak.status_code == 422
    assert isinstance(weak.parsed, ProblemOut)
    form.new_password = PASSWORD
    assert set_password.sync_detailed(client=anybody, body=form).status_code == 204
    wrong = TokenIn(grant_type=TokenInGrantType.PASSWORD, username=form.username, password="teh manis di teras")
    refused = create_token.sync(client=anybody, body=wrong)
    assert isinstance(refused, ProblemOut)
    assert refused.error == "invalid_grant"
    right = TokenIn(grant_type=TokenInGrantType.PASSWORD, username=form.username, password=PASSWORD)
    first = create_token.sync(client=anybody, body=right)
    assert isinstance(first, TokenOut)
    again = TokenIn(grant_type=TokenInGrantType.REFRESH_TOKEN, refresh_token=first.refresh_token)
    second = create_token.sync(client=anybody, body=again)
    assert isinstance(second, TokenOut)
    assert second.access_token != first.access_token
    return second


def look_up(kader: AuthenticatedClient, interview: SubmissionIn) -> None:
    """Fetches what an app keeps on the device."""
    caller = get_caller.sync(client=kader)
    assert isinstance(caller, CallerOut)
    assert caller.scopes["submissions:write"] == ["6372061004"]
    instruments = list_instruments.sync(client=kader)
    assert isinstance(instruments, InstrumentPage)
    assert instruments.next_ is None
    assert interview.version in [each.version for each in instruments.items if each.code == interview.instrument]
    whole = get_instrument.sync(interview.instrument, interview.version, client=kader)
    assert isinstance(whole, InstrumentWholeOut)
    schema = get_instrument_schema.sync_detailed(interview.instrument, interview.version, client=kader)
    assert schema.status_code == 200
    region = get_region.sync(interview.region, client=kader)
    assert isinstance(region, RegionOut)
    villages = list_regions.sync(client=kader, parent=region.parent or "ID", limit=3)
    assert isinstance(villages, RegionPage)
    assert len(villages.items) == 3
    assert villages.next_ is not None


def send(kader: AuthenticatedClient, interview: SubmissionIn) -> None:
    """Scores, sends, sends again, sends with other content and with faults, and reads the receipt."""
    told = interview.to_dict()
    asked = {name: told[name] for name in ("instrument", "version", "answers")}
    score = compute_score.sync(client=kader, body=ScoreIn.from_dict(asked))
    assert isinstance(score, ScoreOut)
    made = uuid4()
    stored = put_submission.sync_detailed(made, client=kader, body=interview)
    assert stored.status_code == 201
    assert isinstance(stored.parsed, SubmissionOut)
    assert stored.parsed.score.index == score.index
    resent = put_submission.sync_detailed(made, client=kader, body=interview)
    assert resent.status_code == 200
    assert isinstance(resent.parsed, SubmissionOut)
    assert resent.parsed.receipt == stored.parsed.receipt
    other = SubmissionIn.from_dict(interview.to_dict())
    other.family = FamilyIn(head_sex=interview.family.head_sex, members=2)
    conflict = put_submission.sync(made, client=kader, body=other)
    assert isinstance(conflict, ProblemOut)
    assert conflict.status == 409
    assert conflict.stored == stored.parsed.receipt
    other.family = FamilyIn(head_sex=interview.family.head_sex, members=0)
    other.answers["members"] = "many"
    faulty = put_submission.sync(uuid4(), client=kader, body=other)
    assert isinstance(faulty, ProblemOut)
    assert not isinstance(faulty.faults, Unset)
    assert {(each.pointer, each.code) for each in faulty.faults} >= {("/family/members", "too_small")}
    assert faulty.faults_total == len(faulty.faults)
    mine = get_submission.sync(made, client=kader)
    assert isinstance(mine, SubmissionOut)
    assert mine.counts
    page = list_submissions.sync(client=kader, year=2025, counts=True)
    assert isinstance(page, SubmissionRowPage)
    assert [each.id for each in page.items] == [made]


def read_figures(anybody: Client) -> None:
    """An agency's system reads the figures of the village."""
    form = TokenIn(grant_type=TokenInGrantType.CLIENT_CREDENTIALS)
    form.client_id, form.client_secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
    token = create_token.sync(client=anybody, body=form)
    assert isinstance(token, TokenOut)
    assert isinstance(token.refresh_token, Unset)
    agency = AuthenticatedClient(base_url=ADDRESS, token=token.access_token)
    figures = get_aggregate.sync("6372061004", 2025, client=agency)
    assert isinstance(figures, AggregateOut)
    assert figures.protected
    assert figures.families == 0
    assert isinstance(figures.progress, ProgressOut)
    assert figures.progress.families == 1
    assert figures.index.mean is None


def play() -> None:
    anybody = Client(base_url=ADDRESS)
    interview = SubmissionIn.from_dict(json.loads(Path("interview.json").read_text("utf-8")))
    token = sign_in(anybody)
    kader = AuthenticatedClient(base_url=ADDRESS, token=token.access_token)
    look_up(kader, interview)
    send(kader, interview)
    refused = get_aggregate.sync("6372061004", 2025, client=kader)
    assert isinstance(refused, ProblemOut)
    assert refused.type_ == "urn:ikk:problem:missing-scope"
    read_figures(anybody)
    assert isinstance(token.refresh_token, str)
    out = revoke_token.sync_detailed(client=anybody, body=PresentedIn(token=token.refresh_token))
    assert out.status_code == 200


play()
