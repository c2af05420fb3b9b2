"""Keeps earlier identities of families aside, and says on what basis an identity is stored. Nothing stored changes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As for the other tables of families: the area of the transaction as prefixes of region codes.
AREA = "(SELECT nullif(current_setting('ikk.area', true), '')::text[])::text[]"


def upgrade() -> None:
    op.add_column("family_identity", sa.Column("basis", sa.String(), nullable=True))
    op.create_table(
        "earlier_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("surveyed_before", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_earlier_identity_family_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_identity")),
    )
    op.create_index(op.f("ix_earlier_identity_family_id"), "earlier_identity", ["family_id"], unique=False)
    op.create_index(op.f("ix_earlier_identity_key_id"), "earlier_identity", ["key_id"], unique=False)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON earlier_identity TO ikk_service")
    op.execute("ALTER TABLE earlier_identity ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY area ON earlier_identity USING (region ^@ ANY ({AREA}))")


def downgrade() -> None:
    """Goes back, but loses the earlier identities that nobody has settled."""
    op.drop_table("earlier_identity")
    op.drop_column("family_identity", "basis")
