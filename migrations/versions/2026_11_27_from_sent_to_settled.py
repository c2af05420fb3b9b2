"""Revisions, reviews and held submissions, rounds, and sums of approved interviews.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# As for the tables of families: the area of the transaction as prefixes of region codes.
AREA = "(SELECT nullif(current_setting('ikk.area', true), '')::text[])::text[]"
GUARDED = (
    *("submission_revision", "submission_review", "held_submission", "held_number"),
    *("round_village", "round_change"),
)
LISTED = ["region", "year", "received_at", "id"]
# What a device has sent is what it sent first, what it corrected, and earlier revisions. `current` says whether it sent
# what is stored now.
SENT_ANYWHERE = """
CREATE FUNCTION sent_anywhere(ids uuid[], sender uuid) RETURNS TABLE (
    id uuid, own boolean, erased boolean, purpose text, revision smallint, current boolean, hash_key_id text,
    encrypted_hash bytea
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT stored.id, stored.own, false,
        CASE WHEN stored.own THEN stored.purpose END, CASE WHEN stored.own THEN stored.revision END,
        CASE WHEN stored.own THEN stored.current END,
        CASE WHEN stored.current THEN stored.hash_key_id END, CASE WHEN stored.current THEN stored.encrypted_hash END
    FROM (
        SELECT submission.id, submission.purpose, submission.revision, submission.hash_key_id,
            submission.encrypted_hash, coalesce(submission.sent_by = sender OR submission.corrected_by = sender OR (
            SELECT count(*) FROM public.submission_revision
            WHERE submission_revision.submission_id = submission.id AND submission_revision.sent_by = sender
        ) > 0, false) AS own,
        coalesce(CASE WHEN submission.revision = 1 THEN submission.sent_by ELSE submission.corrected_by END = sender,
            false) AS current
        FROM public.submission WHERE submission.id = ANY (ids)
    ) AS stored
    UNION ALL
    SELECT erased_submission.id, coalesce(erased_submission.sent_by = sender, false), true,
        CASE WHEN erased_submission.sent_by = sender THEN erased_submission.purpose END, NULL, NULL, NULL, NULL
    FROM public.erased_submission WHERE erased_submission.id = ANY (ids);
END
"""
EARLIER_ANYWHERE = """
CREATE FUNCTION earlier_anywhere(ids uuid[], sender uuid) RETURNS TABLE (
    id uuid, revision smallint, hash_key_id text, encrypted_hash bytea
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT submission_revision.submission_id, submission_revision.revision, submission_revision.hash_key_id,
        submission_revision.encrypted_hash
    FROM public.submission_revision
    WHERE submission_revision.submission_id = ANY (ids) AND submission_revision.sent_by = sender;
END
"""
SENT_ANYWHERE_BEFORE = """
CREATE FUNCTION sent_anywhere(ids uuid[], sender uuid) RETURNS TABLE (
    id uuid, own boolean, erased boolean, purpose text, revision smallint, hash_key_id text, encrypted_hash bytea
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT submission.id, submission.sent_by = sender, false,
        CASE WHEN submission.sent_by = sender THEN submission.purpose END,
        CASE WHEN submission.sent_by = sender THEN submission.revision END,
        CASE WHEN submission.sent_by = sender THEN submission.hash_key_id END,
        CASE WHEN submission.sent_by = sender THEN submission.encrypted_hash END
    FROM public.submission WHERE submission.id = ANY (ids)
    UNION ALL
    SELECT erased_submission.id, coalesce(erased_submission.sent_by = sender, false), true,
        CASE WHEN erased_submission.sent_by = sender THEN erased_submission.purpose END, NULL, NULL, NULL
    FROM public.erased_submission WHERE erased_submission.id = ANY (ids);
END
"""


def upgrade() -> None:
    _add_columns()
    _add_basis()
    _make_revisions()
    _make_reviews()
    _make_held()
    _make_rounds()
    for name in ("submission_revision", "held_submission", "held_number", "round", "round_village"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO ikk_service")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON submission_review TO ikk_service")
    op.execute("GRANT SELECT, INSERT, DELETE ON round_change TO ikk_service")
    _replace_functions(SENT_ANYWHERE, EARLIER_ANYWHERE)
    for name in GUARDED:
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY area ON {name} USING (region ^@ ANY ({AREA}))")


def downgrade() -> None:
    """Goes back, but loses earlier revisions, reviews, held submissions, rounds and the sums of approved interviews."""
    op.execute("DROP FUNCTION earlier_anywhere")
    _replace_functions(SENT_ANYWHERE_BEFORE)
    for name in ("round_change", "round_village", "round", "held_number", "held_submission"):
        op.drop_table(name)
    for name in ("submission_review", "submission_revision"):
        op.drop_table(name)
    op.execute("DELETE FROM village_sums WHERE basis <> 'r'")
    op.drop_constraint("pk_village_sums", "village_sums", type_="primary")
    op.drop_column("village_sums", "basis")
    op.create_primary_key("pk_village_sums", "village_sums", ["instrument_id", "year", "region", "layout"])
    op.drop_index("ix_submission_flagged", table_name="submission")
    op.drop_index("ix_submission_review", table_name="submission")
    op.drop_index("ix_submission_assigned_to", table_name="submission")
    for name in ("assigned_to", "corrected_by", "revised_at", "review", "after_settlement", "in_approved"):
        op.drop_column("submission", name)


def _replace_functions(*definitions: str) -> None:
    op.execute("DROP FUNCTION sent_anywhere")
    for each in definitions:
        name = each.split()[2].partition("(")[0]
        op.execute(each)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO ikk_service")


def _add_columns() -> None:
    op.add_column("submission", sa.Column("in_approved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("submission", sa.Column("after_settlement", sa.Boolean(), nullable=True))
    op.add_column("submission", sa.Column("review", sa.String(), nullable=True))
    op.add_column("submission", sa.Column("revised_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("submission", sa.Column("corrected_by", sa.Uuid(), nullable=True))
    op.add_column("submission", sa.Column("assigned_to", sa.Uuid(), nullable=True))
    reviewed, assigned = sa.text("review IS NOT NULL"), sa.text("assigned_to IS NOT NULL")
    flagged = sa.text("warnings <> ''")
    op.create_index("ix_submission_flagged", "submission", LISTED, postgresql_where=flagged)
    op.create_index("ix_submission_review", "submission", ["review", *LISTED], postgresql_where=reviewed)
    op.create_index("ix_submission_assigned_to", "submission", ["assigned_to"], postgresql_where=assigned)


def _add_basis() -> None:
    op.execute("""ALTER TABLE village_sums ADD COLUMN basis "char" NOT NULL DEFAULT 'r'""")
    op.execute("ALTER TABLE village_sums ALTER COLUMN basis DROP DEFAULT")
    op.drop_constraint("pk_village_sums", "village_sums", type_="primary")
    op.create_primary_key("pk_village_sums", "village_sums", ["instrument_id", "year", "basis", "region", "layout"])


def _make_revisions() -> None:
    op.create_table(
        "submission_revision",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("village", sa.String(collation="C"), nullable=False),
        sa.Column("instrument_id", sa.SmallInteger(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("surveyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("head_sex", sa.String(), nullable=False),
        sa.Column("members", sa.SmallInteger(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("texts_key_id", sa.String(), nullable=True),
        sa.Column("encrypted_texts", sa.LargeBinary(), nullable=True),
        sa.Column("outcomes", sa.String(), nullable=False),
        sa.Column("index_units", sa.BigInteger(), nullable=True),
        sa.Column("hash_key_id", sa.String(), nullable=False),
        sa.Column("encrypted_hash", sa.LargeBinary(), nullable=False),
        sa.Column("warnings", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note_key_id", sa.String(), nullable=True),
        sa.Column("encrypted_note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_submission_revision_submission_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("submission_id", "revision", name=op.f("pk_submission_revision")),
    )
    for name in ("hash_key_id", "texts_key_id", "note_key_id"):
        there = None if name == "hash_key_id" else sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_submission_revision_{name}", "submission_revision", [name], postgresql_where=there)
    answered = sa.text("octet_length(answers) > 0")
    op.create_index(
        "ix_submission_revision_surveyed_at", "submission_revision", ["surveyed_at"], postgresql_where=answered
    )


def _make_reviews() -> None:
    op.create_table(
        "submission_review",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comments_key_id", sa.String(), nullable=True),
        sa.Column("encrypted_comments", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_submission_review_submission_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_review")),
    )
    op.create_index("ix_submission_review_submission_id", "submission_review", ["submission_id"])
    commented = sa.text("comments_key_id IS NOT NULL")
    op.create_index(
        "ix_submission_review_comments_key_id", "submission_review", ["comments_key_id"], postgresql_where=commented
    )


def _make_held() -> None:
    op.create_table(
        "held_submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column("based_on", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(collation="C"), nullable=False),
        sa.Column("content_mark", sa.LargeBinary(), nullable=False),
        sa.Column("hash_key_id", sa.String(), nullable=False),
        sa.Column("encrypted_hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("told_faults", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_held_submission_family_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_submission")),
        sa.UniqueConstraint(
            "submission_id",
            "sent_by",
            "content_mark",
            name=op.f("uq_held_submission_submission_id_sent_by_content_mark"),
        ),
    )
    op.create_index("ix_held_submission_region", "held_submission", ["region", "received_at", "id"])
    op.create_index("ix_held_submission_sent_by", "held_submission", ["sent_by", "kind", "status"])
    of_family, is_open = sa.text("family_id IS NOT NULL"), sa.text("status = 'open'")
    op.create_index("ix_held_submission_family_id", "held_submission", ["family_id"], postgresql_where=of_family)
    op.create_index("ix_held_submission_key_id", "held_submission", ["key_id"])
    op.create_index("ix_held_submission_hash_key_id", "held_submission", ["hash_key_id"])
    op.create_index("ix_held_submission_open", "held_submission", ["received_at"], postgresql_where=is_open)
    op.create_table(
        "held_number",
        sa.Column("held_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["held_id"], ["held_submission.id"], name=op.f("fk_held_number_held_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("held_id", "digest", name=op.f("pk_held_number")),
    )
    op.create_index("ix_held_number_digest", "held_number", ["digest"])
    op.create_index("ix_held_number_key_id", "held_number", ["key_id"])


def _make_rounds() -> None:
    op.create_table(
        "round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("span", sa.String(collation="C"), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("villages", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("opens_on <= closes_on", name="days"),
        sa.CheckConstraint("design IN ('census', 'sample')", name="design"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
    )
    op.create_index("ix_round_year", "round", ["year", "id"])
    op.create_table(
        "round_village",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_village_round_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("round_id", "region", name=op.f("pk_round_village")),
    )
    op.create_index("ix_round_village_region", "round_village", ["region", "instrument", "opens_at"])
    op.create_table(
        "round_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_change")),
    )
    op.execute('ALTER TABLE round_change ALTER COLUMN kind TYPE "char" USING kind::"char"')
    op.create_index("ix_round_change_round_id", "round_change", ["round_id", "id"])
