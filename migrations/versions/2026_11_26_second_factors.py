"""Second factors of people with recovery codes, how each sign-in was proven, and areas that no token can hold.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever is signed in now has shown a password and nothing else.
    op.add_column(
        "sign_in", sa.Column("amr", postgresql.ARRAY(sa.String()), nullable=False, server_default=sa.text("'{pwd}'"))
    )
    op.alter_column("sign_in", "amr", server_default=None)
    op.create_table(
        "second_factor",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("wrong_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_second_factor_person_id")),
        sa.PrimaryKeyConstraint("person_id", "pending", name=op.f("pk_second_factor")),
    )
    op.create_index("ix_second_factor_key_id", "second_factor", ["key_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_person_id"), "recovery_code", ["person_id"], unique=False)
    op.create_table(
        "token_area",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("areas", postgresql.JSONB(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_token_area")),
    )
    op.create_index("ix_token_area_until", "token_area", ["until"], unique=False)
    for table in ("second_factor", "recovery_code", "token_area"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO ikk_service")


def downgrade() -> None:
    """Goes back. People lose their second factors, and tokens that name an area end."""
    for table in ("token_area", "recovery_code", "second_factor"):
        op.drop_table(table)
    op.drop_column("sign_in", "amr")
