"""Rows and indexes of interviews and families in less space.

No row is lost. Warnings become one text, digests keep their first 15 bytes, and kinds of events become letters. What
always said the same or was read by nobody is dropped.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = {
    "submission.taken": "t",
    "submission.corrected": "c",
    "submission.left": "l",
    "submission.counted": "n",
    "submission.restricted": "r",
    "submission.lifted": "f",
    "submission.reassigned": "a",
    "submission.erased": "e",
}
# What the letters of app/problems/stored_warnings.py meant at this revision. # is the position of a person.
WARNINGS = {
    "a": "card_region_unknown /family/card_number",
    "b": "nik_region_unknown /family/people/#/nik",
    "c": "nik_sex_differs /family/people/#/sex",
    "d": "nik_birth_date_differs /family/people/#/birth_date",
    "e": "head_sex_differs /family/people/#/sex",
    "f": "more_people_than_members /family/people",
    "g": "identity_changed /family/people",
    "h": "interviewed_before /family/card_number",
    "i": "salt_used_before /salt",
    "j": "in_training /purpose",
}
MEANING = " ".join(f"WHEN '{letter}' THEN '{meaning}'" for letter, meaning in WARNINGS.items())
LIST_WARNINGS = f"""
CREATE FUNCTION pg_temp.list_warnings(told text) RETURNS varchar[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(
        coalesce(part[3], replace(CASE part[1] {MEANING} END, '#', part[2])) ORDER BY place
    ), '{{}}')
    FROM regexp_matches(told, '([a-z])([0-9]*)|=([^\\n]*)\\n', 'g') WITH ORDINALITY AS found (part, place)
$$
"""  # noqa: S608 (our own letters)
CARD, NIK = (sa.text(f"kind = '{kind}'") for kind in ("card", "nik"))


def upgrade() -> None:
    for name in ("region", "code", "sent_by"):
        op.drop_index(f"ix_submission_{name}", table_name="submission")
    # Other texts than letters stay as they are, so no row has to be understood here.
    op.execute("""
        ALTER TABLE submission DROP COLUMN status, ALTER COLUMN warnings TYPE varchar USING
        CASE warnings WHEN '{}' THEN '' ELSE '=' || array_to_string(warnings, E'\\n=') || E'\\n' END
    """)
    op.create_index("ix_submission_region", "submission", ["region", "year", "received_at"])
    op.create_index("ix_submission_code", "submission", ["code"], postgresql_using="hash")
    op.create_index("ix_submission_sent_by", "submission", ["sent_by", "region", "year"])
    # A function that names the column keeps it from being changed.
    elsewhere = op.get_bind().scalar(sa.text("SELECT pg_get_functiondef('known_elsewhere'::regproc)"))
    op.execute("DROP FUNCTION known_elsewhere")
    op.drop_constraint("pk_family_key", "family_key")
    for name in ("uq_family_key_card", "ix_family_key_nik"):
        op.drop_index(name, table_name="family_key")
    op.execute("ALTER TABLE family_key ALTER COLUMN digest TYPE bytea USING substring(digest FROM 1 FOR 15)")
    op.create_index("uq_family_key_card", "family_key", ["digest", "region"], unique=True, postgresql_where=CARD)
    op.create_index("uq_family_key_nik", "family_key", ["digest", "family_id"], unique=True, postgresql_where=NIK)
    op.create_index("ix_family_key_family_id", "family_key", ["family_id"])
    op.get_bind().exec_driver_sql(elsewhere)
    op.execute("REVOKE ALL ON FUNCTION known_elsewhere FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION known_elsewhere TO ikk_service")
    op.drop_column("family_identity", "updated_at")
    op.drop_index("ix_family_region", table_name="family")
    letters = " ".join(f"WHEN '{kind}' THEN '{letter}'" for kind, letter in KINDS.items())
    op.execute(f'ALTER TABLE change_event ALTER COLUMN kind TYPE "char" USING (CASE kind {letters} END)::"char"')


def downgrade() -> None:
    """Goes back. The version before finds families by whole digests, of which only the first 15 bytes are left.

    Before it takes interviews, let it make them again: `ikk keys rotate matching`, then `ikk keys reencrypt`.
    """
    kinds = " ".join(f"WHEN '{letter}' THEN '{kind}'" for kind, letter in KINDS.items())
    op.execute(f"ALTER TABLE change_event ALTER COLUMN kind TYPE varchar USING CASE kind {kinds} END")
    op.create_index("ix_family_region", "family", ["region"])
    op.add_column("family_identity", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE family_identity SET updated_at = created_at FROM family WHERE family.id = family_id")
    op.alter_column("family_identity", "updated_at", nullable=False)
    for name in ("uq_family_key_nik", "ix_family_key_family_id"):
        op.drop_index(name, table_name="family_key")
    op.create_primary_key("pk_family_key", "family_key", ["family_id", "digest"])
    op.create_index("ix_family_key_nik", "family_key", ["digest"], postgresql_where=NIK)
    for name in ("region", "code", "sent_by"):
        op.drop_index(f"ix_submission_{name}", table_name="submission")
    op.execute(LIST_WARNINGS)
    op.execute("""
        ALTER TABLE submission ADD COLUMN status varchar NOT NULL DEFAULT 'accepted',
        ALTER COLUMN warnings TYPE varchar[] USING pg_temp.list_warnings(warnings)
    """)
    op.execute("ALTER TABLE submission ALTER COLUMN status DROP DEFAULT")
    op.execute("DROP FUNCTION pg_temp.list_warnings")
    op.create_index("ix_submission_region", "submission", ["region", "year", "received_at", "id"])
    op.create_index("ix_submission_code", "submission", ["code"])
    op.create_index("ix_submission_sent_by", "submission", ["sent_by", "region", "year", "received_at", "id"])
