"""GET and DELETE /v1/statistics/context/{indicator}/{region}/{year}."""

import json

from app.platform.database import Connection
from tests.support.accounts import act_as
from tests.support.context import SOURCE, address, put
from tests.support.factories import Client, codes_of


async def test_it_works(caller: Client) -> None:
    sent = (await put(caller, address(), value=10.53)).json()
    answer = await caller.get(address())
    assert answer.status_code == 200
    assert answer.json() == {name: sent[name] for name in answer.json()}
    assert '"value":10.53,' in answer.text
    assert sent.keys() - answer.json().keys() == {"outcome", "replaced"}
    again = await caller.http.get(address(), headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_readers_of_figures_and_senders_get_it(client: Client, caller: Client) -> None:
    await put(caller, address(region="6372"), value=10.53)
    for role in ("analyst", "supervisor", "sensitive_reader", "agency_administrator"):
        await act_as(client, (role, "6372"))
        assert (await client.get(address(region="6372"))).json()["source"] == SOURCE


async def test_what_was_never_sent_is_not_found(caller: Client) -> None:
    await put(caller, address(), value=10.53)
    for other in (address(year=2021), address(region="6372"), address("population"), address("no-such")):
        assert (await caller.get(other)).status_code == 404, other
        assert (await caller.http.delete(other)).status_code == 404, other


async def test_other_regions_are_refused(caller: Client) -> None:
    for region in ("64", "ID"):
        assert (await caller.get(address(region=region))).status_code == 403
        assert (await caller.http.delete(address(region=region))).status_code == 403


async def test_an_address_is_spelled_in_one_way(caller: Client) -> None:
    assert codes_of(await caller.get(address(year="02022"))) == {"year": "wrong_type"}
    assert codes_of(await caller.get(address("Child-Marriage"))) == {"indicator": "bad_format"}
    assert codes_of(await caller.get(address("6372010101900001"))) == {"indicator": "bad_format"}
    assert codes_of(await caller.get(address("a6372010101900001"))) == {"indicator": "looks_like_nik"}


async def test_a_withdrawn_figure_is_gone_and_its_revisions_are_kept(caller: Client, connection: Connection) -> None:
    for value in (10.33, 10.53):
        await put(caller, address(), value=value)
    assert (await caller.http.delete(address())).status_code == 204
    assert (await caller.get(address())).status_code == 404
    assert (await caller.http.delete(address())).status_code == 404
    rows = await connection.fetch("SELECT current, withdrawn_by_id FROM context_figure ORDER BY revision")
    assert [tuple(row) for row in rows] == [(False, None), (False, caller.agency_id)]
    (entry,) = await connection.fetch("SELECT region, detail FROM audited WHERE kind = 'context.withdraw'")
    assert entry["region"] == "63"
    assert json.loads(entry["detail"]) == {"indicator": "child-marriage", "year": 2022, "revision": 2}
