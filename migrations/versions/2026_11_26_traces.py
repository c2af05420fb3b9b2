"""Purposes are codes, with words encrypted beside the family. Exports close themselves. Addresses of callers.

The entries of the audit log stay as they are, because each must verify. Those of earlier versions may hold purposes and
versions of consents in clear.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLD_PURPOSES = "SELECT id, purpose FROM identification WHERE key_id IS NULL LIMIT 1000"
ENCRYPT = "UPDATE identification SET purpose = 'unlisted', key_id = :key_id, encrypted = :encrypted WHERE id = :key"


def upgrade() -> None:
    op.add_column("identification", sa.Column("key_id", sa.String(), nullable=True))
    op.create_index(op.f("ix_identification_key_id"), "identification", ["key_id"], unique=False)
    op.add_column("identification", sa.Column("encrypted", sa.LargeBinary(), nullable=True))
    op.add_column("identification", sa.Column("waits_minutes", sa.Integer(), nullable=True))
    op.add_column("identification", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("identification", sa.Column("approved_by", sa.Uuid(), nullable=True))
    _encrypt_purposes(op.get_bind())
    op.add_column("subject_request", sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "address_use",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("caller_kind", sa.String(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_use")),
    )
    op.create_index("uq_address_use_place", "address_use", ["caller_id", "token_id", "address"], unique=True)
    op.create_index("ix_address_use_token_id", "address_use", ["token_id"], unique=False)
    op.create_index("ix_address_use_last_seen_at", "address_use", ["last_seen_at"], unique=False)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON address_use TO ikk_service")


def _encrypt_purposes(connection: sa.Connection) -> None:
    """Makes a note of each purpose that was stated in words, 1,000 at a time."""
    vault = context.config.attributes.get("vault")
    while rows := connection.execute(sa.text(OLD_PURPOSES)).all():
        if vault is None:
            raise RuntimeError("there are purposes to encrypt: migrate with a vault, as ikk migrate does")
        changes = []
        for row in rows:
            key_id, encrypted = vault.encrypt_note(row.id, {"note": row.purpose})
            changes.append({"key": row.id, "key_id": key_id, "encrypted": encrypted})
        connection.execute(sa.text(ENCRYPT), changes)


def downgrade() -> None:
    """Goes back, but loses the words of purposes, because the earlier table holds nothing encrypted."""
    op.drop_table("address_use")
    op.drop_column("subject_request", "handed_over_at")
    for column in ("approved_by", "approved_at", "waits_minutes", "encrypted", "key_id"):
        op.drop_column("identification", column)
