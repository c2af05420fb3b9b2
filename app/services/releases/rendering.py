"""Makes the cards of regions from the protected figures of their villages."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from anyio import to_thread

from app.platform.database import Connection
from app.protection.assessed import assess
from app.protection.breakdowns import Unit, region_rows
from app.protection.grouping import REGION_KIND, Grouping, groupings_of, joint_group, kind_group, urban_group
from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.regions import add_up
from app.protection.uncertainty import CENSUS, Design
from app.regions.codes import COUNTRY
from app.schemas.aggregates.aggregate import AggregateOut, InstrumentRefOut, RegionRefOut
from app.schemas.aggregates.breakdowns import BreakdownOut, BreakdownsOut, make_breakdown, make_villages_breakdown
from app.schemas.aggregates.released import make_card
from app.scoring.catalogue import Published
from app.scoring.instrument import Instrument
from app.services.reference.region_refs import find_refs
from app.services.reference.urban import read_urban
from app.services.releases.cards import BY_GROUP, FIGURES, Card
from app.services.releases.designs import Designs, read_designs
from app.services.releases.units import read_units
from app.services.releases.versions import Version
from app.services.releases.work import Work

_NOT_IN_CARDS: Final = {"release", "progress"}


async def render_cards(
    connection: Connection, work: Work, area: str, regions: Collection[str], versions: Iterable[Version]
) -> dict[Card, str]:
    """The bodies of the cards of regions in an area, from the versions of all its villages."""
    every = sorted(versions, key=lambda each: each.region)
    designs = await read_designs(connection, work.making, area)
    refs = await find_refs(connection, list(regions), work.making.year)
    making = work.making
    units = await read_units(connection, area, instrument=making.instrument, year=making.year, number=making.number)
    urban = await read_urban(connection, area)
    found: dict[Card, str] = {}
    for region in (region for region in regions if region in refs):
        own = [each for each in every if _lies_in(each, region)]
        if own:
            # In a thread, because a province takes half a second and other requests are waiting.
            found[region, FIGURES] = await to_thread.run_sync(_render, work, refs[region], own, designs)
            found[region, BY_GROUP] = await to_thread.run_sync(_render_groups, work, refs[region], own, units, urban)
    return found


def _lies_in(version: Version, region: str) -> bool:
    """Whether all villages of a version lie in a region."""
    return region == COUNTRY or all(village.startswith(region) for village in version.villages)


def _render(work: Work, ref: RegionRefOut, versions: Sequence[Version], designs: Designs) -> str:
    villages = [village for each in versions for village in each.villages]
    design = CENSUS if ref.level == "village" else designs.of(ref.code, villages)
    card = make_region(ref, work.making.year, work.head.instrument, work.group, versions, design)
    return card.model_dump_json(exclude=_NOT_IN_CARDS)


def make_region(
    ref: RegionRefOut,
    year: int,
    instrument: Instrument,
    group: Sequence[Published],
    versions: Sequence[Version],
    design: Design,
) -> AggregateOut:
    """The card of a region that is made of these versions of villages. group: the versions that they may count"""
    protected = [each.protected for each in versions]
    figures = add_up(protected, Plan.of(instrument))
    return make_card(
        ref,
        year,
        instrument,
        figures,
        counted=_count(group, versions),
        basis=_basis_of(versions),
        as_of=max(each.made_at for each in versions if each.made_at is not None),
        uncertain=assess(protected, figures, design),
    )


def _render_groups(
    work: Work, ref: RegionRefOut, versions: list[Version], units: Sequence[Unit], urban: Mapping[str, bool]
) -> str:
    """The breakdowns of a region, as far as there are any."""
    instrument, protected = work.head.instrument, [each.protected for each in versions]
    found: list[BreakdownOut] = []
    for grouping in groupings_of(instrument):
        if grouping.of_villages:
            found += _by_villages(work, grouping, versions, urban)
            continue
        parameters = work.making.parameters
        bases = {each.code: grouping.base_of(each.base, parameters) for each in work.plan.main.indicators}
        rows = region_rows((each for each in units if each.breakdown == grouping.code), protected, work.plan)
        if any(rows.values()):
            found.append(make_breakdown(grouping, rows, instrument, bases))
    made = BreakdownsOut(
        region=ref,
        year=work.making.year,
        instrument=InstrumentRefOut.of(instrument),
        release=None,
        families=sum(each.families for each in protected),
        as_of=max(each.made_at for each in versions if each.made_at is not None),
        breakdowns=found,
    )
    return made.model_dump_json(exclude=_NOT_IN_CARDS)


def _by_villages(
    work: Work, grouping: Grouping, versions: Iterable[Version], urban: Mapping[str, bool]
) -> Iterator[BreakdownOut]:
    """The figures of the villages of each group, added up, where a region has several groups and all are known."""
    by_kind = grouping.code == REGION_KIND
    groups: dict[str, list[Protected]] = {}
    for each in versions:
        if not by_kind and not urban.keys() >= set(each.villages):
            return
        codes = [kind_group(village) if by_kind else urban_group(urban[village]) for village in each.villages]
        groups.setdefault(joint_group(codes), []).append(each.protected)
    if len(groups) > 1:
        figures = {code: add_up(of, work.plan) for code, of in groups.items()}
        yield make_villages_breakdown(grouping, figures, work.head.instrument)


def _count(group: Sequence[Published], versions: Iterable[Version]) -> list[tuple[Instrument, int]]:
    """The versions of the instrument with their families, the latest first."""
    families: dict[str, int] = {}
    for each in versions:
        for version, count in each.counted.items():
            families[version] = families.get(version, 0) + count
    named = [each.instrument for each in group]
    return [(each, families[each.version]) for each in named if each.version in families]


def _basis_of(versions: Iterable[Version]) -> Literal["reported", "approved", "mixed"]:
    bases = {each.basis for each in versions}
    if len(bases) > 1:
        return "mixed"
    return "approved" if bases == {"a"} else "reported"
