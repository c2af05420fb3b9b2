"""Releases of protected figures, a counter of the changes of each village's sums, and which villages are urban.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# As for the tables of families: the area of the transaction as prefixes of region codes.
AREA = "(SELECT nullif(current_setting('ikk.area', true), '')::text[])::text[]"
OF_REGIONS = ("figure_version", "release_card")


def upgrade() -> None:
    # The counter of a new row begins at the milliseconds of its making, so it is not that of a deleted row.
    begins = sa.text("(extract(epoch FROM clock_timestamp()) * 1000)::bigint")
    op.add_column("village_sums", sa.Column("changes", sa.BigInteger(), server_default=begins, nullable=False))
    op.create_table(
        "release",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("done", sa.String(collation="C"), nullable=False),
        sa.Column("villages", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("settled_rounds", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("instrument", "year", "number", name=op.f("uq_release_instrument_year_number")),
    )
    op.create_index(
        op.f("ix_release_requested_at"), "release", ["requested_at"], postgresql_where=sa.text("made_at IS NULL")
    )
    op.create_index(op.f("ix_release_key_id"), "release", ["key_id"])
    op.create_table(
        "figure_version",
        *_key(),
        sa.Column("basis", sa.dialects.postgresql.CHAR(), nullable=False),
        sa.Column("families", sa.Integer(), nullable=False),
        sa.Column("counted", postgresql.JSONB(), nullable=False),
        sa.Column("joined", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("values", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("instrument", "year", "region", "from_number", name=op.f("pk_figure_version")),
    )
    op.execute('ALTER TABLE figure_version ALTER COLUMN basis TYPE "char" USING basis::"char"')
    op.create_table(
        "figure_unit",
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("breakdown", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("area", sa.String(collation="C"), nullable=False),
        sa.Column("from_number", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("members", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("groups", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint(
            "instrument", "year", "breakdown", "indicator", "area", "from_number", name=op.f("pk_figure_unit")
        ),
    )
    op.create_table(
        "release_card",
        *_key(),
        sa.Column("part", sa.dialects.postgresql.CHAR(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instrument", "year", "region", "part", "from_number", name=op.f("pk_release_card")),
    )
    op.execute('ALTER TABLE release_card ALTER COLUMN part TYPE "char" USING part::"char"')
    op.create_table(
        "village_urban",
        sa.Column("code", sa.String(collation="C"), nullable=False),
        sa.Column("urban", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_village_urban")),
    )
    for name in OF_REGIONS:
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY area ON {name} USING (region ^@ ANY ({AREA}))")
    op.execute("GRANT SELECT, INSERT, UPDATE ON release TO ikk_service")
    op.execute("GRANT SELECT, INSERT, UPDATE ON village_urban TO ikk_service")
    op.execute("GRANT SELECT, INSERT ON figure_version, figure_unit, release_card TO ikk_service")


def downgrade() -> None:
    """Goes back, but loses all releases. The figures of a year can then not be published again with the same secret."""
    for name in ("village_urban", "release_card", "figure_unit", "figure_version", "release"):
        op.drop_table(name)
    op.drop_column("village_sums", "changes")


def _key() -> tuple[sa.Column[str], sa.Column[int], sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("from_number", sa.Integer(), nullable=False),
    )
