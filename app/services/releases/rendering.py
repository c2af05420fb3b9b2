"""Makes the cards of regions from the protected figures of their villages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from anyio import to_thread

from app.platform.database import Connection
from app.protection.assessed import assess, assess_some
from app.protection.breakdowns import RegionRows
from app.protection.group_errors import GroupErrors
from app.protection.grouping import REGION_KIND, Grouping, groupings_of, joint_group, kind_group, urban_group
from app.protection.regions import add_up
from app.protection.uncertainty import CENSUS, Design
from app.regions.codes import parent_of
from app.schemas.aggregates.aggregate import AggregateOut, InstrumentRefOut, RegionRefOut
from app.schemas.aggregates.breakdowns import BreakdownOut, BreakdownsOut, make_breakdown, make_villages_breakdown
from app.schemas.aggregates.released import make_card
from app.scoring.catalogue import Published
from app.scoring.instrument import Instrument
from app.services.reference.region_refs import find_refs
from app.services.reference.urban import read_urban
from app.services.releases.cards import BY_GROUP, FIGURES, Card
from app.services.releases.designs import Designs, read_designs
from app.services.releases.gathered import Gathered
from app.services.releases.units import walk_units
from app.services.releases.versions import Version
from app.services.releases.work import Work

_NOT_IN_CARDS: Final = {"release", "progress"}


async def render_regency(connection: Connection, work: Work, regency: str) -> dict[Card, str]:
    """The bodies of the cards of a regency, of its districts and of its villages that have figures."""
    making = work.making
    versions = [each async for each in work.walk_versions(regency)]
    designs = await read_designs(connection, making, regency)
    walked = walk_units(connection, regency, instrument=making.instrument, year=making.year, number=making.number)
    units = [each async for each in walked]
    urban = await read_urban(connection, regency)
    found: dict[Card, str] = {}
    regions = _regions_of(versions, regency)
    refs = await find_refs(connection, regions, making.year)
    for region in (region for region in regions if region in refs):
        gathered = Gathered(work.plan, (each for each in versions if _lies_in(each, region)))
        if gathered:
            rows = _start_rows(work, gathered)
            for each in units:
                rows[each.breakdown].add(each)
            found |= await _render(work, refs[region], gathered, designs, rows, urban)
    return found


async def render_region(connection: Connection, work: Work, region: str) -> dict[Card, str]:
    """The bodies of the cards of a province or the country, which has too many villages to hold them all at once."""
    making = work.making
    gathered = Gathered(work.plan)
    async for version in work.walk_versions(region):
        gathered.add(version)
    refs = await find_refs(connection, [region], making.year)
    if not gathered or region not in refs:
        return {}
    rows = _start_rows(work, gathered)
    async for unit in walk_units(
        connection, region, instrument=making.instrument, year=making.year, number=making.number
    ):
        rows[unit.breakdown].add(unit)
    designs = await read_designs(connection, making, region)
    urban = await read_urban(connection, region)
    return await _render(work, refs[region], gathered, designs, rows, urban)


def _regions_of(versions: Iterable[Version], regency: str) -> list[str]:
    """The regency itself, and the districts and villages in it that have figures."""
    every = list(versions)
    villages = [each.region for each in every if each.joined is None]
    districts = {parent_of(village) or regency for each in every for village in each.villages}
    return sorted({regency, *districts, *villages})


def _lies_in(version: Version, region: str) -> bool:
    """Whether all villages of a version lie in a region."""
    return all(village.startswith(region) for village in version.villages)


def _start_rows(work: Work, gathered: Gathered) -> dict[str, RegionRows]:
    """By breakdown, what its units are added to."""
    groupings = [each for each in groupings_of(work.head.instrument) if not each.of_villages]
    return {each.code: RegionRows(gathered.columns, _bases(work, each)) for each in groupings}


def _bases(work: Work, grouping: Grouping) -> list[int]:
    """By indicator, to what the counts of its groups are rounded."""
    return [grouping.base_of(each.base, work.making.parameters) for each in work.plan.main.indicators]


async def _render(
    work: Work,
    ref: RegionRefOut,
    gathered: Gathered,
    designs: Designs,
    rows: Mapping[str, RegionRows],
    urban: Mapping[str, bool],
) -> dict[Card, str]:
    design = CENSUS if ref.level == "village" else designs.of(ref.code, gathered.villages)
    # In threads, because a province takes half a second and other requests are waiting.
    return {
        (ref.code, FIGURES): await to_thread.run_sync(_render_figures, work, ref, gathered, design),
        (ref.code, BY_GROUP): await to_thread.run_sync(_render_groups, work, ref, gathered, design, rows, urban),
    }


def _render_figures(work: Work, ref: RegionRefOut, gathered: Gathered, design: Design) -> str:
    card = make_region(ref, work.making.year, work.head.instrument, work.group, gathered, design)
    return card.model_dump_json(exclude=_NOT_IN_CARDS)


def make_region(
    ref: RegionRefOut,
    year: int,
    instrument: Instrument,
    group: Sequence[Published],
    gathered: Gathered,
    design: Design,
) -> AggregateOut:
    """The card of a region that is made of these villages. group: the versions that may be counted, the latest first"""
    figures = add_up(gathered.columns, gathered.columns.plan)
    named = [each.instrument for each in group]
    return make_card(
        ref,
        year,
        instrument,
        figures,
        counted=[(each, gathered.counted[each.version]) for each in named if each.version in gathered.counted],
        basis=gathered.basis,
        as_of=gathered.as_of,
        uncertain=assess(gathered.columns, figures, design),
    )


def _render_groups(
    work: Work,
    ref: RegionRefOut,
    gathered: Gathered,
    design: Design,
    rows: Mapping[str, RegionRows],
    urban: Mapping[str, bool],
) -> str:
    """The breakdowns of a region, as far as there are any."""
    instrument, errors = work.head.instrument, GroupErrors(gathered.columns, design)
    codes = list(work.plan.position)
    found: list[BreakdownOut] = []
    for grouping in groupings_of(instrument):
        if grouping.of_villages:
            found += _by_villages(work, grouping, gathered, design, urban)
            continue
        there = rows[grouping.code].rows
        if there:
            of_groups = {code: errors.of(code, row.groups, row.splits) for code, row in there.items()}
            bases = dict(zip(codes, _bases(work, grouping), strict=True))
            found.append(make_breakdown(grouping, there, instrument, of_groups, bases))
    made = BreakdownsOut(
        region=ref,
        year=work.making.year,
        instrument=InstrumentRefOut.of(instrument),
        release=None,
        families=sum(gathered.columns.families),
        as_of=gathered.as_of,
        breakdowns=found,
    )
    return made.model_dump_json(exclude=_NOT_IN_CARDS)


def _by_villages(
    work: Work, grouping: Grouping, gathered: Gathered, design: Design, urban: Mapping[str, bool]
) -> Iterator[BreakdownOut]:
    """The figures of the villages of each group, added up, where a region has several groups and all are known."""
    by_kind = grouping.code == REGION_KIND
    groups: dict[str, list[int]] = {}
    for at, villages in enumerate(gathered.members):
        if not by_kind and not urban.keys() >= set(villages):
            return
        codes = [kind_group(village) if by_kind else urban_group(urban[village]) for village in villages]
        groups.setdefault(joint_group(codes), []).append(at)
    if len(groups) > 1:
        figures = {code: add_up(gathered.columns.only(of), work.plan) for code, of in groups.items()}
        uncertain = {code: assess_some(gathered.columns, frozenset(of), design) for code, of in groups.items()}
        yield make_villages_breakdown(grouping, figures, work.head.instrument, uncertain)
