"""GET /v1/regions and /v1/regions/{code}: look-up, children, levels, names, pages."""

from typing import Any

import pytest

from tests.support.factories import Client, codes_of

LANDASAN = {
    "code": "6372061004",
    "dotted": "63.72.06.1004",
    "scheme": "kemendagri",
    "name": "Landasan Ulin Selatan",
    "level": "village",
    "kind": "kelurahan",
    "parent": "637206",
    "time_zone": "Asia/Makassar",
    "edition": "300.2.2-2430/2025",
    "valid_from": "2025-06-23",
    "valid_to": None,
}


async def found(client: Client, **query: Any) -> list[str]:
    """The codes on the only page."""
    response = await client.get("/v1/regions", **query)
    assert response.status_code == 200, response.text
    assert response.json()["next"] is None
    return [each["code"] for each in response.json()["items"]]


@pytest.mark.parametrize("code", ["6372061004", "63.72.06.1004"])
async def test_it_works_dotted_or_not(caller: Client, code: str) -> None:
    response = await caller.get(f"/v1/regions/{code}")
    assert response.status_code == 200
    assert response.json().items() >= LANDASAN.items()


async def test_the_country_is_a_region_without_parent(caller: Client) -> None:
    country = (await caller.get("/v1/regions/ID")).json()
    assert (country["level"], country["kind"], country["parent"]) == ("country", "negara", None)


async def test_any_valid_token_may_look_regions_up(client: Client) -> None:
    await client.sign_in(scopes=[], regions=["11"])
    assert (await client.get("/v1/regions/6372061004")).status_code == 200


async def test_without_a_token_nothing_is_returned(client: Client) -> None:
    assert (await client.get("/v1/regions/6372061004")).status_code == 401
    assert (await client.get("/v1/regions")).status_code == 401


async def test_a_code_without_region_is_not_found(caller: Client) -> None:
    response = await caller.get("/v1/regions/6372010001")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:ikk:problem:not-found"


@pytest.mark.parametrize("code", ["637", "id", "63.7206", "63720610041", "٦٣", "%00", "63%20"])
async def test_what_is_no_code_is_a_fault(caller: Client, code: str) -> None:
    response = await caller.get(f"/v1/regions/{code}")
    assert response.status_code == 422
    assert codes_of(response) == {"code": "bad_format"}


async def test_the_list_begins_with_the_provinces(caller: Client) -> None:
    codes = await found(caller)
    assert len(codes) == 38
    assert codes == sorted(codes)
    assert codes[0] == "11"


async def test_the_children_of_a_region(caller: Client) -> None:
    assert len(await found(caller, parent="63")) == 13
    assert "6372061004" in await found(caller, parent="63.72.06")
    assert await found(caller, parent="6372061004") == []


async def test_a_level_is_looked_for_anywhere_below_the_parent(caller: Client) -> None:
    villages = await found(caller, parent="6372", level="village")
    assert len(villages) == 20
    assert all(code.startswith("6372") and len(code) == 10 for code in villages)
    assert await found(caller, parent="6372", level="province") == []
    assert await found(caller, parent="6372", level="regency") == []
    assert await found(caller, level="country") == ["ID"]


async def test_an_unknown_parent_has_nothing_below_it(caller: Client) -> None:
    assert await found(caller, parent="99") == []


@pytest.mark.parametrize("q", ["landasan ulin s", "LANDASAN ULIN S", "ulin selatan"])
async def test_a_part_of_a_name_is_found_whatever_its_case(caller: Client, q: str) -> None:
    assert "6372061004" in await found(caller, parent="63", q=q)


async def test_a_name_can_be_narrowed_by_level(caller: Client) -> None:
    assert await found(caller, parent="63", level="district", q="landasan ulin") == ["637202"]


@pytest.mark.parametrize("apostrophe", [*"'’‘‛ʼʻʽˈ′`´＇"])
async def test_every_kind_of_apostrophe_finds_the_name(caller: Client, apostrophe: str) -> None:
    """The list writes Ba'u with a plain apostrophe and Regapu’u with a typographic one."""
    for name in ("Ba'u", "Regapu’u"):
        plain = await found(caller, level="village", q=name)
        assert len(plain) >= 1
        typed = name.replace("'", apostrophe).replace("’", apostrophe)
        assert await found(caller, level="village", q=typed) == plain


@pytest.mark.parametrize("hyphen", [*"-‐‑‒–—―−﹣－"])
async def test_every_kind_of_hyphen_finds_the_name(caller: Client, hyphen: str) -> None:
    plain = await found(caller, level="village", q="siurai-urai")
    assert len(plain) == 1
    assert await found(caller, level="village", q=f"Siurai{hyphen}Urai") == plain


@pytest.mark.parametrize(
    "q",
    [
        " landasan ulin selatan ",
        "landasan  ulin   selatan",
        "landasan\u00a0ulin\u202fselatan",
        "\u3000landasan\tulin\nselatan",
        "ｌａｎｄａｓａｎ　ＵＬＩＮ ｓｅｌａｔａｎ",
        "land\u200basan ulin\u2060 sela\u00adtan\ufeff",
        "\u2068Landasan\u2069 Ulin Selatan",
        "𝐋𝐚𝐧𝐝𝐚𝐬𝐚𝐧 Ulin Selatan",
    ],
)
async def test_what_keyboards_and_chats_add_makes_no_difference(caller: Client, q: str) -> None:
    assert "6372061004" in await found(caller, parent="63", q=q)


@pytest.mark.parametrize("q", ["%%", "__", "Land%", "_andasan", "\\\\", "//", "' OR"])
async def test_signs_with_a_meaning_elsewhere_stand_for_themselves(caller: Client, q: str) -> None:
    assert await found(caller, parent="6372", q=q) == []


async def test_pages_follow_one_another_without_gap(caller: Client) -> None:
    whole = await found(caller, parent="63", level="village", limit=1000, q="an")
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await caller.get("/v1/regions", parent="63", level="village", limit=300, q="an", **cursor)).json()
        seen += [each["code"] for each in page["items"]]
        if page["next"] is None:
            break
        assert len(page["items"]) == 300
        cursor = {"cursor": page["next"]}
    assert seen == whole


async def test_a_full_last_page_has_no_next(caller: Client) -> None:
    assert len(await found(caller, parent="63", limit=13)) == 13


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"parent": "637"}, {"parent": "bad_format"}),
        ({"level": "island"}, {"level": "not_allowed"}),
        ({"q": "a"}, {"q": "bad_format"}),
        ({"q": "a" * 81}, {"q": "bad_format"}),
        ({"q": "a\x00b"}, {"q": "bad_format"}),
        ({"q": "  "}, {"q": "bad_format"}),
        ({"q": "\u00a0a\u200b"}, {"q": "bad_format"}),
        ({"q": "\u200b" * 5}, {"q": "bad_format"}),
        ({"q": " " * 79 + "an"}, {"q": "bad_format"}),
        ({"limit": "0"}, {"limit": "too_small"}),
        ({"limit": "1001"}, {"limit": "too_large"}),
        ({"limit": "ten"}, {"limit": "wrong_type"}),
        ({"cursor": "a\x00"}, {"cursor": "bad_cursor"}),
        ({"cursor": "nowhere"}, {"cursor": "bad_cursor"}),
        ({"name": "Landasan"}, {"name": "unknown_member"}),
        ({"level": "island", "limit": "0"}, {"level": "not_allowed", "limit": "too_small"}),
    ],
    ids=str,
)
async def test_a_wrong_parameter_is_a_fault(caller: Client, query: dict[str, str], faults: dict[str, str]) -> None:
    response = await caller.get("/v1/regions", **query)
    assert response.status_code == 422
    assert codes_of(response) == faults
