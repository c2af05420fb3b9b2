"""Asks for all submissions of a batch at once whether their numbers are known in other villages.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Row-level security hides other villages from the service. This says only whether a number is known in one of them. It
# names the kind twice, because there is an index for each.
ELSEWHERE = """
CREATE FUNCTION known_elsewhere(positions integer[], numbers bytea[], villages text[]) RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT told.position FROM unnest(positions, numbers, villages) AS told (position, number, village)
    WHERE EXISTS (
        SELECT FROM public.family_key JOIN public.family ON family.id = family_key.family_id
        WHERE family_key.digest = told.number AND family_key.kind = 'card'
        AND family_key.region <> told.village AND family.restricted_at IS NULL
    ) OR EXISTS (
        SELECT FROM public.family_key JOIN public.family ON family.id = family_key.family_id
        WHERE family_key.digest = told.number AND family_key.kind = 'nik'
        AND family_key.region <> told.village AND family.restricted_at IS NULL
    );
END
"""
ONE_ELSEWHERE = """
CREATE FUNCTION known_elsewhere(numbers bytea[], village text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM public.family_key JOIN public.family ON family.id = family_key.family_id
    WHERE family_key.digest = ANY (numbers) AND family_key.region <> village AND family.restricted_at IS NULL
)
"""


def upgrade() -> None:
    op.execute("DROP FUNCTION known_elsewhere")
    _create(ELSEWHERE)


def downgrade() -> None:
    op.execute("DROP FUNCTION known_elsewhere")
    _create(ONE_ELSEWHERE)


def _create(function: str) -> None:
    op.execute(function)
    op.execute("REVOKE ALL ON FUNCTION known_elsewhere FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION known_elsewhere TO ikk_service")
