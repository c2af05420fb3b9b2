"""GET /v1/codelists: the codes of case statistics."""

from tests.support.factories import Client


async def test_it_works(caller: Client) -> None:
    found = {each["code"]: each for each in (await caller.get("/v1/codelists")).json()["items"]}
    assert list(found) == ["sex", "age_group", "age_status", "place", "kind", "service", "relation"]
    assert all(each["source"] and each["url"].startswith("https://") for each in found.values())
    kind = found["kind"]
    assert (kind["name"]["id"], kind["units"], kind["several"]) == (
        "Jenis kekerasan",
        ["cases", "victims"],
        ["cases", "victims"],
    )
    assert [each["name"]["id"] for each in kind["codes"]] == [
        *("Fisik", "Psikis", "Seksual", "Eksploitasi", "Trafficking (TPPO)", "Penelantaran", "Lainnya")
    ]
    groups = {each["code"]: each["age_status"] for each in found["age_group"]["codes"]}
    assert groups["age_13_17"] == "child"
    assert groups["age_18_24"] == "adult"
    assert len(groups) == 7
    assert "withdrawn" not in kind["codes"][0]


async def test_a_client_may_keep_it(caller: Client) -> None:
    first = await caller.get("/v1/codelists")
    again = await caller.http.get("/v1/codelists", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
