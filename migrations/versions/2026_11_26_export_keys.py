"""Export keys, with which office programs read figures."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_key")),
    )
    op.create_index("ix_export_key_owner", "export_key", ["owner_kind", "owner_id"], unique=False)
    op.create_index(op.f("ix_export_key_region"), "export_key", ["region"], unique=False)
    op.create_index(op.f("ix_export_key_created_at"), "export_key", ["created_at"], unique=False)
    op.execute("GRANT SELECT, INSERT, UPDATE ON export_key TO ikk_service")


def downgrade() -> None:
    op.drop_table("export_key")
