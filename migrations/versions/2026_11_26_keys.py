"""Finds the keys that rows name quickly, notes lost keys, and notes who made the last one-time code of each person.

Revision ID: 0006
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The audit log says who made each code. An account that it does not mention keeps null, which means somebody unknown.
CODE_MAKERS = """
UPDATE person SET code_maker_kind = made.caller_kind, code_maker_id = made.caller_id
FROM (
    SELECT DISTINCT ON (subject) subject, caller_kind, caller_id
    FROM (
        SELECT at, kind, caller_kind, caller_id, subject FROM audit_entry
        UNION ALL
        SELECT at, kind, caller_kind, caller_id, subject FROM audit_queue
    ) AS entry
    WHERE kind IN ('person.create', 'person.code')
    ORDER BY subject, at DESC
) AS made
WHERE made.subject = 'person:' || person.id
"""


def upgrade() -> None:
    op.create_table(
        "lost_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_key")),
    )
    op.execute("GRANT SELECT, INSERT ON lost_key TO ikk_service")
    op.create_index("ix_submission_hash_key_id", "submission", ["hash_key_id"], unique=False)
    op.create_index("ix_audit_entry_key_id", "audit_entry", ["key_id"], unique=False)
    op.create_table(
        "blocked_outsider",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_outsider")),
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON blocked_outsider TO ikk_service")
    op.add_column("person", sa.Column("code_maker_kind", sa.String(), nullable=True))
    op.add_column("person", sa.Column("code_maker_id", sa.String(), nullable=True))
    op.execute(CODE_MAKERS)


def downgrade() -> None:
    op.drop_column("person", "code_maker_id")
    op.drop_column("person", "code_maker_kind")
    op.drop_table("blocked_outsider")
    op.drop_index("ix_audit_entry_key_id", table_name="audit_entry")
    op.drop_index("ix_submission_hash_key_id", table_name="submission")
    op.drop_table("lost_key")
