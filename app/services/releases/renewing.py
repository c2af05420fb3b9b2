"""Decides whether figures of a village, or of small villages together, are made anew, withdrawn or stay as they are."""

from collections.abc import Sequence
from dataclasses import replace

from app.protection.villages import protect
from app.services.releases.exact_sums import Standing
from app.services.releases.members import may_change, read_members, write_members
from app.services.releases.versions import OtherVersion, Version
from app.services.releases.work import Work


def renew(
    work: Work,
    now: Standing,
    before: Version | None,
    earlier: Sequence[Version],
    others: Sequence[OtherVersion],
) -> Version | None:
    """New figures. None if those of before stay, or if there are none. See `is_withdrawn` for what is too small.

    before: the figures that are shown; earlier: all that ever were; others: all of other instruments
    """
    members = write_members(now.members, work.head.instrument, work.key)
    if before is not None and read_members(before.members, work.key) == read_members(members, work.key):
        return None
    if now.exact is None or now.is_small(work.making.parameters):
        return None
    if not _may_change(work, earlier, members):
        # Figures that were withdrawn come back as they were. Otherwise only figures with the same families came back.
        shown_again = earlier[-1] if before is None and earlier else None
        return None if shown_again is None else replace(shown_again, from_number=work.making.number)
    protected = protect(
        now.exact,
        work.plan,
        year=work.making.year,
        secrets=work.secrets,
        parameters=work.making.parameters,
        left_out=work.find_left_out(members, others),
        earlier=[each.protected for each in earlier],
    )
    if protected is None:
        return None
    return Version(now.place, work.making.number, now.basis, now.counted, now.joined, protected, members, now.changes)


def is_withdrawn(work: Work, now: Standing, earlier: Sequence[Version]) -> bool:
    """Whether figures that are shown end, because too few families are left and enough have changed."""
    too_small = now.is_small(work.making.parameters)
    return too_small and _may_change(work, earlier, write_members(now.members, work.head.instrument, work.key))


def _may_change(work: Work, earlier: Sequence[Version], members: bytes) -> bool:
    """Whether new figures of these families may stand beside all that there ever were."""
    now, batch = read_members(members, work.key), work.making.parameters.batch
    return all(may_change(read_members(each.members, work.key), now, batch) for each in earlier)
