"""Stores context indicators and their figures.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# As for the tables of families: the area of the transaction as prefixes of region codes.
AREA = "(SELECT nullif(current_setting('ikk.area', true), '')::text[])::text[]"


def upgrade() -> None:
    op.create_table(
        "context_indicator",
        sa.Column("code", sa.String(collation="C"), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("sender_kind", sa.String(), nullable=False),
        sa.Column("sender_id", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_context_indicator")),
    )
    op.create_table(
        "context_figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("indicator", sa.String(collation="C"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("source_name", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("retrieved_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("sender_kind", sa.String(), nullable=False),
        sa.Column("sender_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_kind", sa.String(), nullable=True),
        sa.Column("withdrawn_by_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_context_figure")),
        sa.UniqueConstraint(
            *("region", "year", "indicator", "revision"),
            name=op.f("uq_context_figure_region_year_indicator_revision"),
        ),
    )
    op.create_index(
        "uq_context_figure_current",
        "context_figure",
        ["year", "region", "indicator"],
        unique=True,
        postgresql_where=sa.text("current"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON context_indicator, context_figure TO ikk_service")
    op.execute("ALTER TABLE context_figure ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY area ON context_figure USING (region ^@ ANY ({AREA}))")


def downgrade() -> None:
    """Goes back, but loses the indicators and all their figures."""
    op.drop_table("context_figure")
    op.drop_table("context_indicator")
