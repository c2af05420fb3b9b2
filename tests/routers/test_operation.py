"""GET /health/live, /health/ready and /metrics."""

from uuid import uuid4

import pytest
from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.main import create_app
from app.problems import kinds
from app.problems.unready_texts import UNREADY_TEXTS, WAIT, Reason
from tests.support.corrections import correct
from tests.support.factories import EVERYTHING, Client, make_body


async def test_it_is_live(client: Client) -> None:
    response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


async def test_it_is_ready_with_tables_regions_and_the_default_instrument(client: Client) -> None:
    response = await client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


@pytest.fixture
async def reasons_of(settings: Settings) -> object:
    """The reasons why an application on this database is live but not ready."""

    async def ask(dsn: str) -> list[Reason]:
        app = create_app(settings, dsn)
        transport = ASGITransport(app=app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=transport, base_url="http://ikk.test") as http,
        ):
            assert (await http.get("/health/live")).status_code == 200
            response = await http.get("/health/ready")
            assert response.status_code == 503
            assert 5 <= int(response.headers["retry-after"]) <= 9
            assert response.json()["type"] == "urn:ikk:problem:unavailable"
            reasons: list[Reason] = response.json().get("reasons", [])
            for turn, language in enumerate(("id", "en")):
                response = await http.get("/health/ready", headers={"Accept-Language": language})
                told = response.json()["detail"]
                wait = response.headers["retry-after"] + (" detik", " seconds")[turn]
                away = kinds.UNAVAILABLE.detail[turn].format(wait=wait)
                if reasons:
                    assert away not in told
                    assert told == " ".join(
                        [*(UNREADY_TEXTS[each][turn] for each in reasons), WAIT[turn].format(wait=wait)]
                    )
                else:
                    assert told == away
            return reasons

    return ask


async def test_it_is_not_ready_on_an_empty_database(reasons_of: object, empty_dsn: str) -> None:
    assert callable(reasons_of)
    assert await reasons_of(empty_dsn) == ["migrations", "instruments"]


async def test_it_is_not_ready_without_the_default_instrument(dsn: str, settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"default_instrument": "absent"}), dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        response = await http.get("/health/ready", headers={"Accept-Language": "en"})
        assert (response.status_code, response.json()["reasons"]) == (503, ["instruments"])
        assert "default instrument is not published" in response.json()["detail"]
        assert "database" not in response.json()["title"] + response.json()["detail"]


async def test_it_is_not_ready_without_regions_and_instruments(reasons_of: object, migrated_dsn: str) -> None:
    assert callable(reasons_of)
    assert await reasons_of(migrated_dsn) == ["regions", "instruments"]


async def test_it_is_live_and_not_ready_without_a_database(reasons_of: object) -> None:
    assert callable(reasons_of)
    assert await reasons_of("postgresql://nobody@127.0.0.1:1/nowhere") == []


async def test_metrics_count_by_route_and_never_by_region_or_family(caller: Client) -> None:
    body = make_body()
    sent_id = "3b0b4a5e-0f5e-4a53-9d52-9e4c1f8f7a11"
    assert (await caller.put(body, sent_id)).status_code == 201
    assert (await caller.put(body, sent_id)).status_code == 200
    corrected = await correct(caller, sent_id, make_body(2))
    assert corrected.status_code == 200, corrected.text
    held = await caller.http.put(f"/v1/submissions/{uuid4()}?keep=faulty", json={**body, "answers": {}})
    assert held.status_code == 202, held.text
    await caller.get("/v1/aggregates/6372061004/2025")
    await caller.get("/v1/nowhere/6372061004")
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    response = await caller.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    text = response.text
    assert 'route="/v1/aggregates/{region}/{year}"' in text
    assert 'ikk_request_seconds_count{method="PUT",route="/v1/submissions/{id}",status="201"}' in text
    for outcome in ("stored", "resent", "corrected", "held"):
        assert f'ikk_submissions_total{{outcome="{outcome}"}}' in text
    assert 'route="unmatched"' in text
    for private in ("6372061004", sent_id, caller.agency_id, body["family"]["card_number"]):
        assert private not in text


async def test_a_method_of_the_senders_own_adds_no_metric_of_its_name(caller: Client) -> None:
    await caller.http.request("R6372061004", "/v1/regions")
    assert "R6372061004" not in (await caller.get("/metrics")).text


async def test_metrics_need_their_scope(client: Client) -> None:
    assert (await client.get("/metrics")).status_code == 401
    await client.sign_in(scopes=["aggregates:read"], regions=["ID"])
    response = await client.get("/metrics")
    assert (response.status_code, response.json()["scope"]) == (403, "metrics:read")


@pytest.mark.parametrize("region", ["63", "6372", "6372061004"])
async def test_metrics_are_those_of_the_whole_service_and_need_the_whole_country(client: Client, region: str) -> None:
    await client.sign_in(scopes=["metrics:read"], regions=[region])
    response = await client.get("/metrics")
    assert (response.status_code, response.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")
    await client.sign_in(scopes=["metrics:read"], regions=["ID"])
    assert (await client.get("/metrics")).status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_an_unknown_parameter_is_refused(caller: Client, path: str) -> None:
    assert (await caller.get(path, verbose=1)).status_code == 422


async def test_the_documentation_needs_no_token(client: Client) -> None:
    assert (await client.get("/openapi.json")).status_code == 200
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text.replace("https://ikk", "")
