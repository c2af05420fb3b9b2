"""Regions, instruments, agencies, submissions and the sums of villages.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("regions", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("client_id", name=op.f("uq_agency_client_id")),
    )
    op.create_table(
        "instrument",
        sa.Column("id", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_instrument_code_version")),
    )
    op.create_table(
        "region_edition",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("decree", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region_edition")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("instrument_id", sa.SmallInteger(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("surveyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("head_sex", sa.String(), nullable=False),
        sa.Column("members", sa.SmallInteger(), nullable=False),
        sa.Column("answers", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("outcomes", sa.String(), nullable=False),
        sa.Column("index_units", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("warnings", sa.ARRAY(sa.String()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    op.create_index("ix_submission_region", "submission", ["region", "year", "received_at", "id"], unique=False)
    op.create_table(
        "village_sums",
        sa.Column("instrument_id", sa.SmallInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("sums", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "year", "region", name=op.f("pk_village_sums")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "agency_secret",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_agency_secret_agency_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_secret")),
    )
    op.create_index(op.f("ix_agency_secret_agency_id"), "agency_secret", ["agency_id"], unique=False)
    op.create_table(
        "family_card",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_family_card_submission_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_family_card")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(collation="C"), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent", sa.String(collation="C"), nullable=True),
        sa.Column("bps_code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["edition"], ["region_edition.code"], name=op.f("fk_region_edition")),
        sa.PrimaryKeyConstraint("code", "edition", name=op.f("pk_region")),
    )
    op.create_index("ix_region_edition_parent", "region", ["edition", "parent"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_region_edition_parent", table_name="region")
    op.drop_table("region")
    op.drop_table("family_card")
    op.drop_index(op.f("ix_agency_secret_agency_id"), table_name="agency_secret")
    op.drop_table("agency_secret")
    op.drop_table("village_sums")
    op.drop_index("ix_submission_region", table_name="submission")
    op.drop_table("submission")
    op.drop_table("region_edition")
    op.drop_table("instrument")
    op.drop_table("agency")
