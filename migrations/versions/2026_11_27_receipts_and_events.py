"""Receipt codes, starts and purposes of interviews, events of changes, and accounts in training.

Revision ID: 0015
Revises: 0014
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# As for the tables of families: the area of the transaction as prefixes of region codes.
AREA = "(SELECT nullif(current_setting('ikk.area', true), '')::text[])::text[]"
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# Row-level security hides other regions from the service. A device asks for what it has sent wherever that was. Of what
# others sent, this says only that it is stored.
SENT_ANYWHERE = """
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
    op.add_column("submission", sa.Column("code", sa.String(collation="C"), nullable=True))
    op.add_column("submission", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("submission", sa.Column("purpose", sa.String(), nullable=False, server_default="interview"))
    op.alter_column("submission", "purpose", server_default=None)
    op.add_column("submission", sa.Column("salt_mark", sa.LargeBinary(), nullable=True))
    marked = sa.text("salt_mark IS NOT NULL")
    op.create_index("ix_submission_salt_mark", "submission", ["salt_mark"], postgresql_where=marked)
    _give_codes()
    op.alter_column("submission", "code", nullable=False)
    op.create_index("ix_submission_code", "submission", ["code"])
    op.create_index("ix_submission_sent_by", "submission", ["sent_by", "region", "year", "received_at", "id"])
    op.create_index(
        "ix_submission_training", "submission", ["received_at"], postgresql_where=sa.text("purpose = 'training'")
    )
    op.add_column("person", sa.Column("training", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("person", "training", server_default=None)
    op.add_column("erased_submission", sa.Column("sent_by", sa.Uuid(), nullable=True))
    op.add_column("erased_submission", sa.Column("purpose", sa.String(), nullable=True))
    op.execute(SENT_ANYWHERE)
    op.execute("REVOKE ALL ON FUNCTION sent_anywhere FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION sent_anywhere TO ikk_service")
    # xid8 is no type of SQLAlchemy's.
    op.execute("""
        CREATE TABLE change_event (
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            seq bigint GENERATED ALWAYS AS IDENTITY,
            at timestamp with time zone NOT NULL DEFAULT now(),
            kind varchar NOT NULL,
            region varchar COLLATE "C" NOT NULL,
            year smallint NOT NULL,
            instrument_id smallint NOT NULL,
            submission_id uuid NOT NULL,
            CONSTRAINT pk_change_event PRIMARY KEY (xid, seq)
        )
    """)
    op.execute("GRANT SELECT, INSERT, DELETE ON change_event TO ikk_service")
    op.execute("ALTER TABLE change_event ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY area ON change_event USING (region ^@ ANY ({AREA}))")


def downgrade() -> None:
    """Goes back, but loses the codes, starts and purposes of interviews and all events.

    Interviews of other purposes stay, and still count in nothing until they are settled again.
    """
    op.drop_table("change_event")
    op.execute("DROP FUNCTION sent_anywhere")
    for name in ("purpose", "sent_by"):
        op.drop_column("erased_submission", name)
    op.drop_column("person", "training")
    for name in ("ix_submission_salt_mark", "ix_submission_training", "ix_submission_sent_by", "ix_submission_code"):
        op.drop_index(name, table_name="submission")
    for name in ("salt_mark", "purpose", "started_at", "code"):
        op.drop_column("submission", name)


def _give_codes() -> None:
    """Gives each stored submission a receipt code, in batches."""
    connection = op.get_bind()
    find = sa.text("SELECT id FROM submission WHERE code IS NULL LIMIT 5000")
    give = sa.text("UPDATE submission SET code = :code WHERE id = :id")
    while ids := connection.execute(find).scalars().all():
        connection.execute(give, [{"id": each, "code": _code()} for each in ids])


def _code() -> str:
    """Nine random symbols and one that checks them, as app/platform/codes.py made them at this revision."""
    values = [secrets.randbelow(len(LETTERS)) for _ in range(9)]
    total = sum(weight * value for weight, value in enumerate(values, start=1))
    check = -total * pow(10, -1, len(LETTERS)) % len(LETTERS)
    return "".join(LETTERS[each] for each in (*values, check))
