"""Renames encrypted columns, because `sealed` is the audit log's word. No value changes."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RENAMED = (("family_identity", "sealed", "encrypted"), ("submission", "sealed_hash", "encrypted_hash"))


def upgrade() -> None:
    for table, old, new in _RENAMED:
        op.alter_column(table, old, new_column_name=new)


def downgrade() -> None:
    for table, old, new in _RENAMED:
        op.alter_column(table, new, new_column_name=old)
