"""Limits on phones, and where their secrets may not stand."""

import json

import httpx
import pytest

from app.config import Settings
from app.main import create_app
from app.platform.database import Connection
from tests.support.factories import Client, make_body
from tests.support.phones import FORM, VERSION, Phone, message_of, post, write_instance


@pytest.fixture
def strict(settings: Settings) -> Settings:
    return settings.model_copy(update={"person_requests_per_minute": 5, "sign_in_failures_per_address": 4})


async def test_a_phone_that_floods_waits(phone: Phone, strict: Settings, dsn: str) -> None:
    app = create_app(strict, dsn)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ikk.test") as http:
            answers = [await http.get(f"{phone.server}/formList") for _ in range(7)]
            assert [each.status_code for each in answers] == [200] * 5 + [429] * 2
            assert int(answers[-1].headers["retry-after"]) > 0
            assert message_of(answers[-1])
            refused = await post(http, f"{phone.server}/submission", write_instance(make_body(1)))
            assert refused.status_code == 429


async def test_wrong_secrets_count_for_the_address_and_right_ones_pass(
    phone: Phone, strict: Settings, dsn: str
) -> None:
    app = create_app(strict, dsn)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ikk.test") as http:
            guesses = [(await http.get(f"/odk/k/guess-{number}/formList")).status_code for number in range(6)]
            assert guesses == [403] * 4 + [429] * 2
            basic = await http.get("/odk/formList", auth=(phone.username, "guess"))
            assert basic.status_code == 429
            assert (await http.get(f"{phone.server}/formList")).status_code == 200
            assert (await http.get("/odk/formList", auth=(phone.username, phone.secret))).status_code == 200


async def test_one_old_address_does_not_count_for_other_secrets(client: Client) -> None:
    """A phone with an ended address asks every quarter of an hour. It waits alone."""
    most = client.app.state.settings.sign_in_failures_per_account
    statuses = [(await client.http.get("/odk/k/ended/formList")).status_code for _ in range(most + 1)]
    assert statuses == [403] * most + [429]
    assert (await client.http.get("/odk/k/other/formList")).status_code == 403


async def test_the_secret_stands_in_no_log_metric_table_or_answer(
    phone: Phone, client: Client, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    intake = client.app.state.intake
    answers = [
        await phone.get(f"/forms/{FORM}/{VERSION}.xml"),
        await phone.get("/media/villages.csv"),
        await phone.send(write_instance(make_body(1))),
        await phone.send(b"no xml"),
        await phone.http.get(f"{phone.server}/nothing"),
        await phone.http.put(f"{phone.server}/submission"),
        await phone.http.get(f"{phone.server}/submission"),
        await phone.http.get(f"{phone.server}/formList?" + "a" * 9000),
    ]
    client.app.state.intake = None
    try:
        answers.append(await phone.send(write_instance(make_body(1))))
    finally:
        client.app.state.intake = intake
    assert [each.status_code for each in answers] == [200, 200, 201, 400, 404, 405, 204, 414, 500]
    for each in answers:
        assert phone.secret not in each.text + str(each.headers)
        assert each.headers["x-openrosa-version"] == "1.0"
    for each in answers[3:]:
        assert each.status_code == 204 or message_of(each)
    assert phone.secret not in client.app.state.metrics.render().decode()
    said = capsys.readouterr()
    assert "/odk/k/{token}/submission" in said.out
    assert phone.secret not in said.out + said.err
    for table in ("device", "audited", "address_use", "phone_instance", "request_use"):
        rows = await connection.fetch(f"SELECT to_jsonb(kept)::text AS kept FROM {table} AS kept")
        assert all(phone.secret not in row["kept"] for row in rows)


async def test_other_methods_are_refused_in_xml(phone: Phone) -> None:
    for method, path, allowed in (
        ("PUT", "/submission", "GET, HEAD, POST"),
        ("POST", "/formList", "GET, HEAD"),
        ("DELETE", "/formList/", "GET, HEAD"),
    ):
        answer = await phone.http.request(method, f"{phone.server}{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed), (method, path)
        assert message_of(answer)


async def test_the_secret_opens_nothing_else(phone: Phone) -> None:
    for headers in ({"Authorization": f"Bearer {phone.secret}"}, {}):
        for path in ("/v1/me", "/v1/submissions", "/v1/regions", f"/v1/submissions/{phone.device}"):
            assert (await phone.http.get(path, headers=headers)).status_code == 401
    answer = await phone.http.get("/v1/aggregates", auth=(phone.username, phone.secret))
    assert answer.status_code == 401


async def test_a_busy_database_is_503(phone: Phone, client: Client, connection: Connection) -> None:
    """What may succeed later is never a final answer."""
    catalogue = client.app.state.catalogue
    catalogue.loaded = False
    try:
        answer = await phone.send(write_instance(make_body(1)))
    finally:
        catalogue.loaded = True
    assert answer.status_code == 503
    assert message_of(answer)
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0


async def test_uses_are_noted_by_device(phone: Phone, client: Client) -> None:
    client.app.state.addresses.take()
    await phone.get("/formList")
    [(kind, person, token, _)] = client.app.state.addresses.take()
    assert (kind, str(person), token) == ("person", phone.person, str(phone.device))
    assert json.dumps(phone.secret) != token
