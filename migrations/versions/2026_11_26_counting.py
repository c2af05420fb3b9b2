"""Says of each submission whether it counts, and of each village's sums how many families they hold.

Submissions of one family in one year still count twice afterwards. `ikk migrate` ends that and reports it.

Revision ID: 0007
Revises: 0006
"""

import tomllib
from collections.abc import Iterator
from decimal import Decimal, getcontext

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LISTED = ["region", "year", "received_at", "id"]
# In the layout of until now, the first twenty digits hold the families.
FAMILIES = "UPDATE village_sums SET families = mod(sums, 10 ^ 20 :: numeric)"
CARDED = """
UPDATE submission SET carded = EXISTS (
    SELECT FROM family_key WHERE family_key.family_id = submission.family_id AND kind = 'card'
)
"""
RESTRICTED = """
UPDATE submission SET uncounted = 'restricted'
FROM family WHERE family.id = submission.family_id AND family.restricted_at IS NOT NULL
"""
WITHOUT_CARD = """
UPDATE village_sums SET without_card = counted.number
FROM (
    SELECT instrument_id, year, region, count(*) AS number FROM submission
    WHERE uncounted IS NULL AND NOT carded GROUP BY instrument_id, year, region
) AS counted
WHERE counted.instrument_id = village_sums.instrument_id AND counted.year = village_sums.year
AND counted.region = village_sums.region
"""
OF_LATER_LAYOUTS = """
SELECT instrument_id, year, region, layout, sums::text AS sums FROM village_sums AS kept WHERE EXISTS (
    SELECT FROM village_sums AS later WHERE later.layout > 1 AND later.instrument_id = kept.instrument_id
    AND later.year = kept.year AND later.region = kept.region
)
"""
DELETE_SUMS = "DELETE FROM village_sums WHERE instrument_id = :instrument_id AND year = :year AND region = :region"
INSERT_SUMS = """
INSERT INTO village_sums (instrument_id, year, region, sums, layout, families, without_card)
VALUES (:instrument_id, :year, :region, CAST(:sums AS numeric), 1, 0, 0)
"""
# Row-level security hides other villages from the service. This says only whether a number is known in one of them.
ELSEWHERE = """
CREATE FUNCTION known_elsewhere(numbers bytea[], village text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM public.family_key JOIN public.family ON family.id = family_key.family_id
    WHERE family_key.digest = ANY (numbers) AND family_key.region <> village AND family.restricted_at IS NULL
)
"""


def upgrade() -> None:
    op.add_column("submission", sa.Column("uncounted", sa.String(), nullable=True))
    for name in ("carded", "moved"):
        op.add_column("submission", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
        op.alter_column("submission", name, server_default=None)
    op.execute(CARDED)
    op.execute(RESTRICTED)
    op.create_index("ix_submission_uncounted", "submission", LISTED, postgresql_where=sa.text("uncounted IS NOT NULL"))
    op.create_index("ix_submission_moved", "submission", LISTED, postgresql_where=sa.text("moved"))
    for name, column_type, default in (
        ("layout", sa.SmallInteger(), "1"),
        ("families", sa.Integer(), "0"),
        ("without_card", sa.Integer(), "0"),
    ):
        op.add_column("village_sums", sa.Column(name, column_type, nullable=False, server_default=default))
        op.alter_column("village_sums", name, server_default=None)
    op.execute(FAMILIES)
    op.execute(WITHOUT_CARD)
    op.drop_constraint("pk_village_sums", "village_sums")
    op.create_primary_key("pk_village_sums", "village_sums", ["instrument_id", "year", "region", "layout"])
    op.create_check_constraint("ck_village_sums_families", "village_sums", "families BETWEEN -999999999 AND 999999999")
    op.execute(ELSEWHERE)
    op.execute("REVOKE ALL ON FUNCTION known_elsewhere FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION known_elsewhere TO ikk_service")


def downgrade() -> None:
    """Goes back. The sums stay as they are, and so hold only what counts."""
    op.execute("DROP FUNCTION known_elsewhere")
    _write_first_layout()
    op.drop_constraint("pk_village_sums", "village_sums")
    op.create_primary_key("pk_village_sums", "village_sums", ["instrument_id", "year", "region"])
    op.drop_constraint("ck_village_sums_families", "village_sums")
    for name in ("layout", "families", "without_card"):
        op.drop_column("village_sums", name)
    for name in ("ix_submission_uncounted", "ix_submission_moved"):
        op.drop_index(name, table_name="submission")
    for name in ("uncounted", "carded", "moved"):
        op.drop_column("submission", name)


def _write_first_layout() -> None:
    """Makes one row in the first layout of a village's rows, if one of them is in another layout."""
    connection = op.get_bind()
    files = {row.id: row.file for row in connection.execute(sa.text("SELECT id, file FROM instrument"))}
    totals = dict[tuple[int, int, str], list[int]]()
    for row in connection.execute(sa.text(OF_LATER_LAYOUTS)).all():
        sums = list(_unpack(row.sums, _widths(files[row.instrument_id], row.layout)))
        key = row.instrument_id, row.year, row.region
        totals[key] = [left + right for left, right in zip(totals.get(key, [0] * len(sums)), sums, strict=True)]
    for (instrument_id, year, region), sums in totals.items():
        values = {"instrument_id": instrument_id, "year": year, "region": region}
        connection.execute(sa.text(DELETE_SUMS), values)
        packed = "".join(f"{each:020d}" for each in reversed(sums))
        connection.execute(sa.text(INSERT_SUMS), {**values, "sums": packed})


def _widths(file: str, layout: int) -> list[int]:
    """The digits of each sum of an instrument, the first sum in the lowest digits."""
    count, points = {1: (20, 20), 2: (10, 20)}[layout]
    content = tomllib.loads(file)
    widths = [count, count, points] + [count] * len(content["category"])
    return widths + [count, points] * len(content["dimension"]) + [count] * 3 * len(content["indicator"])


def _unpack(packed: str, widths: list[int]) -> Iterator[int]:
    """The sums of a packed number. Half of the numbers of so many digits stand for negative sums."""
    getcontext().prec = len(packed) + sum(widths)
    rest = int(Decimal(packed))
    for width in widths:
        each = (rest + 10**width // 2) % 10**width - 10**width // 2
        yield each
        rest = (rest - each) // 10**width
