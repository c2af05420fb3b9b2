"""Loads editions from rows of changes: whole or not at all, repeated, replaced, and between others."""

from datetime import date

import pytest

from app.regions.changes import ChangeFaults
from app.regions.editions import CURRENT, Edition
from app.services.reference.loaded_editions import list_editions
from app.services.reference.regions import load_changes, load_shipped_regions
from tests.support.factories import Client
from tests.support.small_regions import CHANGED, SPLIT, TODAY, WHOLE, load, rows_of

FUTURE = date(2027, 1, 1)


async def loaded(client: Client) -> list[tuple[str, str | None, int, int, int]]:
    async with client.app.state.database.session() as session:
        return [
            (each.code, str(each.valid_to) if each.valid_to else None, each.regions, each.villages, each.changes)
            for each in await list_editions(session)
        ]


BOTH = [("2024-01-01", "2025-08-31", 11, 6, 0), ("2025-09-01", None, 11, 6, 6)]


async def faults_of(client: Client, text: str, first: date, **named: object) -> list[str]:
    before = await loaded(client)
    with pytest.raises(ChangeFaults) as found:
        await load(client, text, first, **named)  # type: ignore[arg-type]
    assert await loaded(client) == before
    return [each.message for each in found.value.faults]


async def test_it_works(regions: Client) -> None:
    assert await loaded(regions) == BOTH


async def test_loading_again_changes_nothing(regions: Client) -> None:
    again = await load(regions, CHANGED, SPLIT)
    assert (again.count, again.ended, again.warnings) == (0, (), ())
    assert await loaded(regions) == BOTH


async def test_a_fault_changes_nothing(regions: Client) -> None:
    assert await faults_of(regions, "new,,6372012050,Baik\nend,6372012099,,", FUTURE) == [
        "63.72.01.2099 is not in force on the day before"
    ]


async def test_what_ends_is_told_with_a_warning_if_nothing_follows(regions: Client) -> None:
    done = await load(regions, "end,63.72.01.2005,,\nrecode,6372072001,6372072005,", FUTURE)
    assert done.ended == ("6372012005", "6372072001")
    assert done.warnings == ("63.72.01.2005 ends without a successor",)


async def test_an_edition_is_replaced_before_its_first_day(regions: Client) -> None:
    await load(regions, "end,6372012005,,", FUTURE, code="next")
    await load(regions, "new,,6372012009,Lain", date(2027, 7, 1), code="next")
    assert await loaded(regions) == [BOTH[0], ("2025-09-01", "2027-06-30", 11, 6, 6), ("next", None, 12, 7, 0)]


async def test_an_edition_that_has_begun_keeps_its_day_and_its_codes(regions: Client) -> None:
    assert await faults_of(regions, CHANGED, date(2025, 9, 2), code="2025-09-01") == [
        "the edition began on 2025-09-01 and keeps its first day"
    ]
    fewer = CHANGED.replace("recode,63.72.01.2004,63.72.07.2002,\n", "")
    assert await faults_of(regions, fewer, SPLIT) == [
        "the edition has begun and keeps its codes; it would lose 63.72.07.2002"
    ]
    renamed = CHANGED.replace("Tanjung Indah", "Tanjung Elok")
    assert (await load(regions, renamed, SPLIT)).count == 11


async def test_two_editions_do_not_begin_on_one_day(regions: Client) -> None:
    assert await faults_of(regions, "new,,6372012009,Lain", SPLIT, code="other") == [
        "the edition 2025-09-01 begins on the same day"
    ]


async def test_an_edition_between_others_warns_of_what_the_next_one_does_not_know(regions: Client) -> None:
    done = await load(regions, "new,,6372012009,Lain\nend,6372072001,,", date(2025, 3, 1))
    assert done.warnings == (
        "63.72.07.2001 ends without a successor",
        "63.72.01.2009 ends on 2025-09-01, because the next edition does not know this one. Load that one again",
        "63.72.07.2001 comes back on 2025-09-01, because the next edition does not know this one. Load that one again",
    )


async def test_the_next_edition_loaded_again_knows_what_one_between_made(regions: Client) -> None:
    await load(regions, "new,,6372012009,Lain", date(2025, 3, 1))
    again = await load(regions, CHANGED, SPLIT)
    assert (again.count, again.warnings) == (12, ())
    assert (await load(regions, CHANGED, SPLIT)).count == 0
    row = (await regions.get("/v1/regions/6372012009")).json()
    assert (row["valid_from"], row["valid_to"]) == ("2025-03-01", None)


async def test_a_code_that_passes_to_another_region_is_warned_of(regions: Client) -> None:
    swap = "recode,6372012001,6372072001,\nrecode,6372072001,6372012001,"
    assert (await load(regions, swap, FUTURE)).warnings == (
        "63.72.07.2001 was Muara until the day before, whose figures stay under this code",
        "63.72.01.2001 was Sukamaju until the day before, whose figures stay under this code",
    )


async def test_without_a_decree_the_stored_one_stays(regions: Client) -> None:
    async def decree(text: str) -> str:
        edition = Edition("perda", text, FUTURE, "test")
        async with regions.app.state.database.session() as session:
            await load_changes(session, edition, rows_of("new,,6372012009,Lain"), today=TODAY)
            return next(each.decree for each in await list_editions(session) if each.code == "perda")

    assert [await decree(each) for each in ("", "Perda 3/2026", "", "Perda 4/2026")] == [
        "perda",
        "Perda 3/2026",
        "Perda 3/2026",
        "Perda 4/2026",
    ]


async def test_an_edition_between_others_ends_no_code_that_the_next_one_changes(regions: Client) -> None:
    assert await faults_of(regions, "end,6372012002,,", date(2025, 3, 1)) == [
        "63.72.01.2002 is changed by the edition of 2025-09-01, but this one ends it"
    ]


async def test_an_edition_before_all_others_names_every_region(regions: Client) -> None:
    first = date(2020, 1, 1)
    assert await faults_of(regions, "new,,6372012001,Sukamaju", first) == [
        "63.72.01.2001 would have no district 63.72.01 above it"
    ]
    short = WHOLE.replace("new,,6372012002,Harapan\n", "").replace("new,,6372012003,Bersatu\n", "")
    before = await loaded(regions)
    assert await faults_of(regions, short, first) == [
        "this would be the oldest edition. It lacks 2 of 11 regions of the next one (63.72.01.2002, 63.72.01.2003 …). "
        "Interviews there before 2024-01-01 would be refused. If that is right, add --missing 2"
    ]
    assert await loaded(regions) == before
    assert (await load(regions, WHOLE, first)).count == 11
    assert (await loaded(regions))[0] == ("2020-01-01", "2023-12-31", 11, 6, 0)


async def test_a_shipped_edition_that_an_office_loaded_under_another_name_is_left_out(regions: Client) -> None:
    await load(regions, "new,,6372072008,Baru", CURRENT.valid_from, code="office")
    before = await loaded(regions)
    async with regions.app.state.database.session() as session:
        done = await load_shipped_regions(session)
    assert done[CURRENT.code].warnings == ("the edition office begins on the same day",)
    assert await loaded(regions) == before


async def test_a_long_list_of_warnings_is_cut(regions: Client) -> None:
    many = [f"new,,637201{serial},Sementara" for serial in range(2100, 2130)]
    await load(regions, "\n".join(many), FUTURE, today=TODAY)
    done = await load(regions, "\n".join(f"end,637201{serial},," for serial in range(2100, 2130)), date(2027, 2, 1))
    assert (len(done.ended), len(done.warnings), done.warnings[-1]) == (30, 21, "10 more warnings like these")
