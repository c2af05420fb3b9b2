"""Keeps what became of region codes that were split, merged, renamed or replaced. No two editions begin on one day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_unique_constraint(op.f("uq_region_edition_valid_from"), "region_edition", ["valid_from"])
    op.create_index("ix_region_edition_level", "region", ["edition", "level", "code"], unique=False)
    op.create_table(
        "region_change",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("old", sa.String(collation="C"), nullable=False),
        sa.Column("new", sa.String(collation="C"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["edition"], ["region_edition.code"], name=op.f("fk_region_change_edition")),
        sa.PrimaryKeyConstraint("edition", "old", "new", name=op.f("pk_region_change")),
    )
    op.create_index("ix_region_change_old", "region_change", ["old"], unique=False)
    op.create_index("ix_region_change_new", "region_change", ["new"], unique=False)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON region_change TO ikk_service")


def downgrade() -> None:
    """Goes back, but loses what became of codes."""
    op.drop_table("region_change")
    op.drop_index("ix_region_edition_level", table_name="region")
    op.drop_constraint(op.f("uq_region_edition_valid_from"), "region_edition", type_="unique")
