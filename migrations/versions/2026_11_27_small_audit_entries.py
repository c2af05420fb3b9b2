"""Audit entries take half the space. Every entry keeps its hash, and the chain verifies as before.

`audit_entry` holds ids as uuid and what many entries share as a label. The view `audit_log` shows the entries as they
were, so it is what the hashes cover. `detail` becomes json, which keeps its text, also in the queue.

Revision ID: 0017
Revises: 0016
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# As for the tables of families: the area of the transaction as prefixes of region codes.
AREA = "(SELECT nullif(current_setting('ikk.area', true), '')::text[])::text[]"
ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SUBJECT = f"((?!key:)[a-z_]+:{ID}|key:[0-9a-f]{{12}})"
# A text fits if its column gives back the same text. What stands in `odd` but would fit is not shown, and what stands
# in both places is shown together. So nobody can hide an entry from searches, or put it into others, without changing
# what its hash covers. If a label is gone, the entry is still there.
VIEW = f"""
CREATE VIEW audit_log WITH (security_invoker = true) AS
SELECT entry.position, entry.at, coalesce(label.kind, '') AS kind, coalesce(label.caller_kind, '') AS caller_kind,
    CASE WHEN odd.caller_id !~ '^{ID}$' THEN odd.caller_id ELSE '' END || coalesce(entry.caller_id::text, '')
        AS caller_id,
    entry.region,
    CASE WHEN odd.subject !~ '^{SUBJECT}$'
        THEN odd.subject || coalesce(label.noun, '') || coalesce(entry.subject_id::text, '')
        WHEN label.noun = 'key' THEN 'key:' || replace(entry.subject_id::text, '00000000-0000-0000-0000-', '')
        WHEN label.noun <> '' THEN label.noun || ':' || entry.subject_id ELSE entry.subject_id::text
    END AS subject,
    CASE WHEN odd.request_id !~ '^{ID}$' THEN odd.request_id || coalesce(entry.request_id::text, '')
        ELSE entry.request_id::text END AS request_id,
    entry.detail, coalesce(label.key_id, '') AS key_id, entry.hash
FROM audit_entry AS entry LEFT JOIN audit_label AS label ON label.id = entry.label
CROSS JOIN LATERAL (
    SELECT held ->> 'caller_id' AS caller_id, held ->> 'subject' AS subject, held ->> 'request_id' AS request_id
    FROM (SELECT nullif(entry.odd, '')::json AS held) AS json
) AS odd
"""  # noqa: S608 (our own patterns)
REFUSE = (
    "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
)
FITTING = f"""
SELECT *, caller_id ~ '^{ID}$' AS caller_fits, coalesce(request_id ~ '^{ID}$', true) AS request_fits,
    coalesce(subject ~ '^{SUBJECT}$', true) AS subject_fits
FROM audit_entry_before
"""  # noqa: S608 (our own patterns)
LABELS = f"""
INSERT INTO audit_label (kind, caller_kind, noun, key_id)
SELECT DISTINCT kind, caller_kind, CASE WHEN subject_fits THEN coalesce(split_part(subject, ':', 1), '') ELSE '' END,
    key_id
FROM ({FITTING}) AS old ORDER BY 4, 1, 2, 3
"""  # noqa: S608 (our own statements)
ENTRIES = f"""
INSERT INTO audit_entry (position, at, caller_id, request_id, subject_id, label, region, hash, odd, detail)
SELECT old.position, old.at,
    CASE WHEN caller_fits THEN caller_id::uuid END,
    CASE WHEN request_fits THEN request_id::uuid END,
    CASE WHEN subject_fits THEN lpad(replace(split_part(subject, ':', 2), '-', ''), 32, '0')::uuid END,
    label.id, region, hash,
    CASE WHEN caller_fits AND request_fits AND subject_fits THEN '' ELSE json_strip_nulls(json_build_object(
        'caller_id', CASE WHEN NOT caller_fits THEN caller_id END,
        'subject', CASE WHEN NOT subject_fits THEN subject END,
        'request_id', CASE WHEN NOT request_fits THEN request_id END
    ))::text END,
    detail::text::json
FROM ({FITTING}) AS old JOIN audit_label AS label ON label.kind = old.kind AND label.caller_kind = old.caller_kind
    AND label.key_id = old.key_id
    AND label.noun = CASE WHEN subject_fits THEN coalesce(split_part(subject, ':', 1), '') ELSE '' END
ORDER BY old.position
"""  # noqa: S608 (our own statements)
INDEXES = ("at", "caller_id", "label", "region", "subject_id")
INDEXES_BEFORE = ("caller_id", "kind", "key_id", "region", "subject")


def upgrade() -> None:
    _change_queue("json")
    _put_aside(("at", *INDEXES_BEFORE))
    op.create_table(
        "audit_label",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("caller_kind", sa.String(), nullable=False),
        sa.Column("noun", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_label")),
    )
    # PostgreSQL pads columns to their alignment, so the widest of fixed width come first.
    op.create_table(
        "audit_entry",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("odd", sa.String(), nullable=False, server_default=""),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
    op.execute(LABELS)
    op.execute(ENTRIES)
    op.execute("DROP TABLE audit_entry_before")
    columns = ["key_id", "kind", "caller_kind", "noun"]
    op.create_index("uq_audit_label", "audit_label", columns, unique=True)
    _guard_entries()
    for name in INDEXES:
        op.create_index(f"ix_audit_entry_{name}", "audit_entry", [name])
    op.execute(REFUSE.format("audit_label"))
    op.execute("GRANT SELECT, INSERT ON audit_label TO ikk_service")
    op.execute(VIEW)
    op.execute("GRANT SELECT ON audit_log TO ikk_service")


def downgrade() -> None:
    """Goes back. Entries that the service wrote have the same hash there."""
    _change_queue("jsonb")
    _put_aside(INDEXES)
    op.create_table(
        "audit_entry",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("caller_kind", sa.String(), nullable=False),
        sa.Column("caller_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    op.execute(
        "INSERT INTO audit_entry SELECT position, at, kind, caller_kind, caller_id, region, subject, request_id, "
        "detail::jsonb, key_id, hash FROM audit_log ORDER BY position"
    )
    op.execute("DROP VIEW audit_log")
    op.execute("DROP TABLE audit_entry_before")
    op.execute("DROP TABLE audit_label")
    _guard_entries()
    op.create_index("ix_audit_entry_at", "audit_entry", ["at", "position"])
    for name in INDEXES_BEFORE:
        op.create_index(f"ix_audit_entry_{name}", "audit_entry", [name])


def _change_queue(type_: str) -> None:
    op.execute(
        f"ALTER TABLE audit_queue ALTER COLUMN detail DROP DEFAULT, "
        f"ALTER COLUMN detail TYPE {type_} USING detail::text::{type_}, ALTER COLUMN detail SET DEFAULT '{{}}'::{type_}"
    )


def _put_aside(indexes: Sequence[str]) -> None:
    op.execute("ALTER TABLE audit_entry RENAME TO audit_entry_before")
    op.execute("ALTER INDEX pk_audit_entry RENAME TO pk_audit_entry_before")
    for name in indexes:
        op.drop_index(f"ix_audit_entry_{name}", table_name="audit_entry_before")


def _guard_entries() -> None:
    """Gives the new table what guards the old one: the primary key, row-level security, grants and the trigger."""
    op.create_primary_key("pk_audit_entry", "audit_entry", ["position"])
    op.execute("ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY area ON audit_entry USING (coalesce(region, '') ^@ ANY ({AREA}))")
    op.execute("CREATE POLICY added ON audit_entry FOR INSERT WITH CHECK (true)")
    op.execute("GRANT SELECT, INSERT ON audit_entry TO ikk_service")
    op.execute(REFUSE.format("audit_entry"))
