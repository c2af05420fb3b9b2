"""Devices, the forms of instruments for phones, and the names that phones give to edits.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_device_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("digest", name=op.f("uq_device_digest")),
    )
    op.create_index(op.f("ix_device_person_id"), "device", ["person_id"])
    op.create_table(
        "phone_form",
        sa.Column("instrument_id", sa.SmallInteger(), nullable=False),
        sa.Column("generator", sa.SmallInteger(), nullable=False),
        sa.Column("form_id", sa.String(collation="C"), nullable=False),
        sa.Column("version", sa.String(collation="C"), nullable=False),
        sa.Column("xform", sa.LargeBinary(), nullable=False),
        sa.Column("xlsform", sa.LargeBinary(), nullable=False),
        sa.Column("md5", sa.String(collation="C"), nullable=False),
        sa.Column("scores", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name=op.f("fk_phone_form_instrument_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instrument_id", "generator", name=op.f("pk_phone_form")),
        sa.UniqueConstraint("form_id", "version", name=op.f("uq_phone_form_form_id_version")),
    )
    op.create_table(
        "phone_instance",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("edits", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("replaces", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_phone_instance")),
    )
    op.create_index(op.f("ix_phone_instance_edits"), "phone_instance", ["edits"])
    op.create_index(op.f("ix_phone_instance_submission_id"), "phone_instance", ["submission_id"])
    op.execute("GRANT SELECT, INSERT, UPDATE ON device, phone_instance TO ikk_service")
    op.execute("GRANT SELECT, INSERT ON phone_form TO ikk_service")


def downgrade() -> None:
    """Goes back, but loses devices, forms and the names of edits."""
    for name in ("phone_instance", "phone_form", "device"):
        op.drop_table(name)
