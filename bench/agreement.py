"""Checks at the end that everybody agrees: acknowledged = stored = in the audit log = in the sums of the villages."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import islice
from typing import Any, Final

import asyncpg
import httpx

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.scoring.answers import check_answers
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.score import IndexScore, score
from bench.load import LoadError, send_all
from bench.sender import Kinds, Ledger, SumsKey

_AUDITED: Final = 20
"""So many entries are read back from the audit log one by one."""
_HALF: Final = Fraction(1, 2)


async def check_agreement(dsn: str, port: int, token: str, kinds: Kinds, province: str) -> None:
    """Raises LoadError if anything that was acknowledged is missing somewhere, is there twice or is another figure."""
    ledger = kinds.ledger
    again = [kinds.put([each]) for each in ledger.last]
    await send_all(port, again, expected=200, connections=8)
    owner = await asyncpg.connect(dsn)
    try:
        await check_tables(owner, ledger)
    finally:
        await owner.close()
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False
    ) as http:
        await _check_audit(http, ledger)
        await _check_counts(http, ledger, province)
        for key, bodies in ledger.bodies.items():
            check_figures(key, await _aggregate(http, key), bodies)
    print(
        f"Acknowledged = stored = audited = in the sums: {len(ledger.ids):,} interviews of {ledger.families:,} "
        f"families.\n{len(again)} that were sent again are not doubled. {len(ledger.bodies)} sums of "
        f"{len(ledger.sample)} villages are those of the plain evaluation."
    )


def _demand(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise LoadError(f"{what}: {expected} expected, {found} found")


async def check_tables(owner: Any, ledger: Ledger) -> None:
    """The interviews, the families and the audit entries, as the owner of the database sees them."""
    async with owner.transaction():
        stored = {each["id"].int async for each in owner.cursor("SELECT id FROM submission", prefetch=10_000)}
    lost = sum(each.int not in stored for each in ledger.ids)
    _demand("acknowledged interviews that are not stored", 0, lost)
    _demand("stored interviews", len(ledger.ids) + ledger.copied, len(stored))
    _demand("stored families", ledger.families, await owner.fetchval("SELECT count(*) FROM family"))
    audited = "SELECT count(*), count(DISTINCT subject) FROM audit_log WHERE kind = 'submission.take'"
    _demand("audited interviews", [len(ledger.ids)] * 2, list(await owner.fetchrow(audited)))


async def _check_audit(http: httpx.AsyncClient, ledger: Ledger) -> None:
    for each in islice(ledger.ids, _AUDITED):
        answer = await http.get("/v1/audit", params={"subject": f"submission:{each}", "kind": "submission.take"})
        _demand("audit entries of an interview", 1, len(answer.raise_for_status().json()["items"]))


async def _check_counts(http: httpx.AsyncClient, ledger: Ledger, province: str) -> None:
    """The families of the whole province and of each village. Nobody reviews in a benchmark, so none is approved."""
    for code, year in {(code, year) for code, year, _ in ledger.counted}:
        expected = {village: count for (*of, village), count in ledger.counted.items() if of == [code, year]}
        whole = await _aggregate(http, (code, year, province))
        _demand(f"families of {code} in {year}", sum(expected.values()), whole["families"])
        approved = await _aggregate(http, (code, year, province), "approved")
        _demand(f"approved families of {code} in {year}", 0, approved["families"])
        found = await _by_village(http, code, year, province)
        _demand(f"families of {code} in {year} by village", expected, found)


async def _by_village(http: httpx.AsyncClient, code: str, year: int, province: str) -> dict[str, int]:
    """The families of the villages that have any."""
    asked = {"instrument": code, "year": str(year), "level": "village", "parent": province, "limit": "1000"}
    found, cursor = dict[str, int](), dict[str, str]()
    while True:
        page = (await http.get("/v1/aggregates", params={**asked, **cursor})).raise_for_status().json()
        found |= {each["region"]["code"]: each["families"] for each in page["items"] if each["families"]}
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def _aggregate(http: httpx.AsyncClient, key: SumsKey, basis: str = "reported") -> dict[str, Any]:
    code, year, region = key
    answer = await http.get(f"/v1/aggregates/{region}/{year}", params={"instrument": code, "basis": basis})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def check_figures(key: SumsKey, shown: Mapping[str, Any], bodies: Sequence[bytes]) -> None:
    """Compares the aggregate of a village with the plain evaluation of the interviews that were sent."""
    sent = [json.loads(each) for each in bodies]
    instrument, scores = _instrument(key[0], sent[0]["version"]), []
    for each in sent:
        day = date.fromisoformat(each["surveyed_at"][:10])
        answers, faults = check_answers(each["answers"], instrument, day)
        _demand("faults in answers that were accepted", [], faults)
        scores.append(score(answers, instrument, day).main)
    _demand(f"the sums of {key}", _figures(scores, instrument), _shown(shown))


@cache
def _instrument(code: str, version: str) -> Instrument:
    return read_instrument((SHIPPED_INSTRUMENTS / f"{code}-{version}.toml").read_bytes())


def _figures(scores: Sequence[IndexScore], instrument: Instrument) -> dict[str, Any]:
    index = instrument.main
    letters = [Counter(each.basis.outcomes[at] for each in scores) for at in range(len(index.indicators))]
    values = [each.value for each in scores if each.value is not None]
    # Each family's value enters the sums in units of 10⁻⁸.
    mean = Fraction(sum(round(each * 10**8) for each in values), 10**8 * len(values)) if values else None
    return {
        "families": len(scores),
        "scored": len(values),
        "mean": None if mean is None else int(mean * 100 + _HALF) / 100,
        "categories": [sum(each.category == at for each in scores) for at in range(len(index.categories))],
        "indicators": [(each["F"], each["U"], each["M"], each["N"]) for each in letters],
    }


def _shown(aggregate: Mapping[str, Any]) -> dict[str, Any]:
    names = ("fulfilled", "unfulfilled", "missing", "not_applicable")
    return {
        "families": aggregate["families"],
        "scored": aggregate["index"]["families"],
        "mean": aggregate["index"]["mean"],
        "categories": [each["families"] for each in aggregate["categories"]],
        "indicators": [tuple(each[name] for name in names) for each in aggregate["indicators"]],
    }
