"""Stores answers as one string of whole numbers instead of an array, and the texts among them encrypted.

Stored answers are of instruments of format 1. Each row keeps its meaning: an answer that was left out, refused or not
known becomes 0, 1 or 2, and any other one 3 and more, a number from its minimum on.

Revision ID: 0011
Revises: 0010
"""

import tomllib

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# One rewrite of the table inside the database, as rows would travel twice otherwise.
ENCODE = """
CREATE FUNCTION pg_temp.encode_answers(told bigint[], minimums bigint[]) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    found bytea := '';
    number bigint;
BEGIN
    IF cardinality(told) > 0 AND cardinality(told) IS DISTINCT FROM cardinality(minimums) THEN
        RAISE EXCEPTION 'a submission has answers of an instrument that is not stored here, or of another';
    END IF;
    FOR place IN 1 .. cardinality(told) LOOP
        number := CASE
            WHEN told[place] IS NULL THEN 0
            WHEN told[place] < 0 THEN -told[place]
            ELSE 3 + told[place] - minimums[place]
        END;
        WHILE number > 127 LOOP
            found := found || set_byte('\\x00', 0, ((number & 127) | 128)::integer);
            number := number >> 7;
        END LOOP;
        found := found || set_byte('\\x00', 0, number::integer);
    END LOOP;
    RETURN found;
END $$
"""
DECODE = """
CREATE FUNCTION pg_temp.decode_answers(told bytea, minimums bigint[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    found bigint[] := '{}';
    number bigint := 0;
    bits integer := 0;
    each integer;
BEGIN
    FOR place IN 0 .. octet_length(told) - 1 LOOP
        each := get_byte(told, place);
        number := number | ((each & 127)::bigint << bits);
        bits := bits + 7;
        IF each < 128 THEN
            found := found || CASE
                WHEN number = 0 THEN NULL
                WHEN number < 3 THEN -number
                ELSE number - 3 + minimums[cardinality(found) + 1]
            END;
            number := 0;
            bits := 0;
        END IF;
    END LOOP;
    IF cardinality(found) > 0 AND cardinality(found) IS DISTINCT FROM cardinality(minimums) THEN
        RAISE EXCEPTION 'the version before stores no answers of instruments of format 2';
    END IF;
    RETURN found;
END $$
"""


def upgrade() -> None:
    op.execute(ENCODE)
    _change_type("bytea", "encode_answers")
    op.add_column("submission", sa.Column("texts_key_id", sa.String(), nullable=True))
    op.add_column("submission", sa.Column("encrypted_texts", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_submission_texts_key_id",
        "submission",
        ["texts_key_id"],
        unique=False,
        postgresql_where=sa.text("texts_key_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Goes back, unless there are answers of instruments of format 2, which the version before cannot store."""
    op.drop_index("ix_submission_texts_key_id", table_name="submission")
    op.drop_column("submission", "encrypted_texts")
    op.drop_column("submission", "texts_key_id")
    op.execute(DECODE)
    _change_type("bigint[]", "decode_answers")


def _change_type(new: str, function: str) -> None:
    minimums = _minimums()
    each = f"CASE instrument_id {minimums} END" if minimums else "NULL"
    # The text holds only numbers.
    op.execute(f"ALTER TABLE submission ALTER answers TYPE {new} USING pg_temp.{function}(answers, {each})")
    op.execute(f"DROP FUNCTION pg_temp.{function}")


def _minimums() -> str:
    """For each instrument of format 1, the least number of each question's answer, 0 for a choice."""
    found = []
    for row in op.get_bind().execute(sa.text("SELECT id, file FROM instrument ORDER BY id")):
        content = tomllib.loads(row.file.removeprefix("\ufeff"))
        if content.get("format") == 1:
            numbers = ",".join(str(int(each.get("minimum", 0))) for each in content["question"])
            found.append(f"WHEN {int(row.id)} THEN '{{{numbers}}}'::bigint[]")
    return " ".join(found)
