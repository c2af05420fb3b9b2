"""Case statistics: counts of cases, victims and perpetrators that other systems report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# As for the tables of families: the area of the transaction as prefixes of region codes.
AREA = "(SELECT nullif(current_setting('ikk.area', true), '')::text[])::text[]"


def upgrade() -> None:
    op.create_table(
        "case_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("parent", sa.String(collation="C"), nullable=True),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("granularity", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("through", sa.Date(), nullable=True),
        sa.Column("source", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sent_by_kind", sa.String(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_kind", sa.String(), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_report")),
        sa.UniqueConstraint(
            "region", "period", "status", "revision", name=op.f("uq_case_report_region_period_status_revision")
        ),
    )
    current = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_case_report_current",
        "case_report",
        ["region", "year", "period", "status"],
        unique=True,
        postgresql_where=current,
    )
    op.create_index("ix_case_report_parent", "case_report", ["parent", "year"], unique=False, postgresql_where=current)
    op.execute("GRANT SELECT, INSERT, UPDATE ON case_report TO ikk_service")
    op.execute("ALTER TABLE case_report ENABLE ROW LEVEL SECURITY")
    # The country itself has the code ID, which no prefix of digits covers. Only the area of the country sees it.
    op.execute(f"CREATE POLICY area ON case_report USING (region ^@ ANY ({AREA}))")


def downgrade() -> None:
    """Goes back, but loses the case statistics."""
    op.drop_table("case_report")
