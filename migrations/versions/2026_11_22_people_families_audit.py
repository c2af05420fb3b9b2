"""Tables for people and roles, families and encrypted identities, and the audit log. Row-level security by region.

Revision ID: 0002
Revises: 0001
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from app.platform.encryption import ContentHash

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OF_FAMILIES = (
    "submission",
    "village_sums",
    "family",
    "family_identity",
    "family_key",
    "consent",
    "identification",
    "subject_request",
)
"""Each row belongs to a family or comes from families. Row-level security checks its region."""
OPEN = (
    "agency",
    "agency_secret",
    "erased_submission",
    "failed_sign_in",
    "familiar_place",
    "instrument",
    "person",
    "refresh_token",
    "region",
    "region_edition",
    "request_use",
    "revocation",
    "role_grant",
    "sign_in",
)
# The area of the transaction as prefixes. It is null if none is set or its transaction has ended, so no row matches.
AREA = "(SELECT nullif(current_setting('ikk.area', true), '')::text[])::text[]"
# The role belongs to the whole server, so another database or an administrator may have made it already.
MAKE_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ikk_service') THEN
        CREATE ROLE ikk_service NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'there is no role ikk_service and this login may not create it',
            HINT = format(
                'As an administrator: CREATE ROLE ikk_service NOLOGIN; GRANT ikk_service TO %I', current_user
            );
END
$$
"""
# Whoever made the role may join it. If somebody else made it, they must have granted it.
JOIN_ROLE = """
DO $$
BEGIN
    EXECUTE format('GRANT ikk_service TO %I', current_user);
EXCEPTION WHEN insufficient_privilege THEN NULL;
END
$$
"""
JOIN_FAMILIES = """
UPDATE submission SET family_id = carded.family_id
FROM (
    SELECT each.id, first_value(each.family_id) OVER (
        PARTITION BY each.region, card.number ORDER BY each.received_at, each.id
    ) AS family_id
    FROM submission AS each JOIN family_card AS card ON card.submission_id = each.id
) AS carded
WHERE submission.id = carded.id
"""
CARDS = """
SELECT each.family_id, each.region, card.number, min(each.received_at) AS received_at,
    max(each.surveyed_at) AS surveyed_at
FROM submission AS each JOIN family_card AS card ON card.submission_id = each.id
WHERE each.family_id > :after
GROUP BY each.family_id, each.region, card.number ORDER BY each.family_id LIMIT 1000
"""
HASHES = "SELECT id, sealed_hash FROM submission WHERE hash_key_id IS NULL LIMIT 1000"
SEAL_HASH = "UPDATE submission SET hash_key_id = :key_id, sealed_hash = :sealed WHERE id = :key"
ADD_IDENTITY = (
    "INSERT INTO family_identity (family_id, region, key_id, sealed, updated_at) "
    "VALUES (:family_id, :region, :key_id, :sealed, :at)"
)
ADD_KEY = (
    "INSERT INTO family_key (family_id, digest, region, kind, key_id, first_seen_at) "
    "VALUES (:family_id, :digest, :region, 'card', :key_id, :at)"
)
REFUSE_CHANGES = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of % are added, never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$
"""


def upgrade() -> None:
    _make_tables()
    _change_submissions()
    _limit_the_service()


def _make_tables() -> None:
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
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at", "position"], unique=False)
    op.create_index("ix_audit_entry_caller_id", "audit_entry", ["caller_id"], unique=False)
    op.create_index("ix_audit_entry_kind", "audit_entry", ["kind"], unique=False)
    op.create_index("ix_audit_entry_region", "audit_entry", ["region"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"], unique=False)
    op.create_table(
        "audit_queue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("caller_kind", sa.String(), nullable=False),
        sa.Column("caller_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_queue")),
    )
    op.create_table(
        "erased_submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_submission")),
    )
    op.create_table(
        "failed_sign_in",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_failed_sign_in")),
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "familiar_place",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_familiar_place")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "family",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restricted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family")),
    )
    op.create_index(op.f("ix_family_region"), "family", ["region"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(collation="C"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("username", name=op.f("uq_person_username")),
    )
    op.create_table(
        "request_use",
        sa.Column("caller", sa.String(collation="C"), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", name=op.f("pk_request_use")),
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "revocation",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("issued_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_revocation")),
    )
    op.create_table(
        "subject_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
    )
    op.create_index("ix_subject_request_due", "subject_request", ["region", "status", "due_at"], unique=False)
    op.create_index(op.f("ix_subject_request_family_id"), "subject_request", ["family_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_consent_family_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_family_id"), "consent", ["family_id"], unique=False)
    op.create_table(
        "family_identity",
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_family_identity_family_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("family_id", name=op.f("pk_family_identity")),
    )
    op.create_index(op.f("ix_family_identity_key_id"), "family_identity", ["key_id"], unique=False)
    op.create_table(
        "family_key",
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_family_key_family_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("family_id", "digest", name=op.f("pk_family_key")),
    )
    op.create_index("ix_family_key_key_id", "family_key", ["key_id"], unique=False)
    op.create_index(
        "ix_family_key_nik", "family_key", ["digest"], unique=False, postgresql_where=sa.text("kind = 'nik'")
    )
    op.create_index(
        "uq_family_key_card",
        "family_key",
        ["digest", "region"],
        unique=True,
        postgresql_where=sa.text("kind = 'card'"),
    )
    op.create_table(
        "identification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_identification_family_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identification")),
    )
    op.create_index(op.f("ix_identification_family_id"), "identification", ["family_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("region", sa.String(collation="C"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(op.f("ix_role_grant_person_id"), "role_grant", ["person_id"], unique=False)
    op.create_index(op.f("ix_role_grant_region"), "role_grant", ["region"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scopes", sa.ARRAY(sa.String()), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_person_id"), "sign_in", ["person_id"], unique=False)
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sign_in_id"], ["sign_in.id"], name=op.f("fk_refresh_token_sign_in_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_token")),
    )
    op.create_index(op.f("ix_refresh_token_sign_in_id"), "refresh_token", ["sign_in_id"], unique=False)


def _change_submissions() -> None:
    """Makes one family of the submissions with one card number in one village. Each other one gets its own family.

    Card numbers and content hashes are encrypted.
    """
    op.alter_column("submission", "agency_id", new_column_name="sent_by")
    op.add_column("submission", sa.Column("family_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE submission SET family_id = gen_random_uuid()")
    op.execute(JOIN_FAMILIES)
    op.execute(
        "INSERT INTO family (id, region, created_at) "
        "SELECT family_id, region, min(received_at) FROM submission GROUP BY family_id, region"
    )
    _seal_cards(op.get_bind())
    op.add_column("submission", sa.Column("hash_key_id", sa.String(), nullable=True))
    op.alter_column("submission", "content_hash", new_column_name="sealed_hash")
    _seal_hashes(op.get_bind())
    op.alter_column("submission", "hash_key_id", nullable=False)
    op.alter_column("submission", "family_id", nullable=False)
    op.create_index("ix_submission_family_id", "submission", ["family_id"], unique=False)
    op.drop_table("family_card")


def _seal_cards(connection: sa.Connection) -> None:
    """Puts each family's card number into its encrypted identity and its matching keys, 1,000 families at a time."""
    after, vault = UUID(int=0), context.config.attributes.get("vault")
    while rows := connection.execute(sa.text(CARDS), {"after": after}).all():
        if vault is None:
            raise RuntimeError("there are card numbers to seal: migrate with a vault, as ikk migrate does")
        identities, keys = [], []
        for row in rows:
            identity = {"as_of": row.surveyed_at.isoformat(), "card_number": row.number}
            key_id, sealed = vault.encrypt(row.family_id, identity)
            of_family = {"family_id": row.family_id, "region": row.region, "at": row.received_at}
            identities.append({**of_family, "key_id": key_id, "sealed": sealed})
            key_id, digest = vault.digest("card", row.number)
            keys.append({**of_family, "key_id": key_id, "digest": digest})
        connection.execute(sa.text(ADD_IDENTITY), identities)
        connection.execute(sa.text(ADD_KEY), keys)
        after = rows[-1].family_id


def _seal_hashes(connection: sa.Connection) -> None:
    """Encrypts the content hash of each submission, 1,000 at a time."""
    vault = context.config.attributes.get("vault")
    while rows := connection.execute(sa.text(HASHES)).all():
        if vault is None:
            raise RuntimeError("there are content hashes to seal: migrate with a vault, as ikk migrate does")
        changes = []
        for row in rows:
            key_id, sealed = vault.encrypt_hash(row.id, ContentHash(row.sealed_hash))
            changes.append({"key": row.id, "key_id": key_id, "sealed": sealed})
        connection.execute(sa.text(SEAL_HASH), changes)


def _limit_the_service() -> None:
    """Makes the service work as a role that owns nothing, so that row-level security and grants apply to it."""
    op.execute(MAKE_ROLE)
    op.execute(JOIN_ROLE)
    op.execute("GRANT USAGE ON SCHEMA public TO ikk_service")
    op.execute("GRANT SELECT ON alembic_version TO ikk_service")
    for table in (*OF_FAMILIES, *OPEN):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO ikk_service")
    for table in OF_FAMILIES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY area ON {table} USING (region ^@ ANY ({AREA}))")
    # An entry without a region belongs to the country.
    for table in ("audit_queue", "audit_entry"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY area ON {table} USING (coalesce(region, '') ^@ ANY ({AREA}))")
        op.execute(f"CREATE POLICY added ON {table} FOR INSERT WITH CHECK (true)")
    op.execute("GRANT SELECT, INSERT, DELETE ON audit_queue TO ikk_service")
    op.execute("GRANT SELECT, INSERT ON audit_entry TO ikk_service")
    op.execute(REFUSE_CHANGES)
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Goes back, but loses identities and content hashes, because the earlier tables hold nothing encrypted."""
    for table in ("submission", "village_sums"):
        op.execute(f"DROP POLICY area ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in ("agency", "agency_secret", "instrument", "region", "region_edition", "submission", "village_sums"):
        op.execute(f"REVOKE ALL ON {table} FROM ikk_service")
    op.execute("REVOKE ALL ON alembic_version FROM ikk_service")
    op.execute("REVOKE USAGE ON SCHEMA public FROM ikk_service")
    op.create_table(
        "family_card",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_family_card_submission_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_family_card")),
    )
    op.drop_index("ix_submission_family_id", table_name="submission")
    op.drop_column("submission", "family_id")
    op.drop_column("submission", "hash_key_id")
    op.alter_column("submission", "sealed_hash", new_column_name="content_hash")
    op.alter_column("submission", "sent_by", new_column_name="agency_id")
    for table in (
        "refresh_token",
        "sign_in",
        "role_grant",
        "identification",
        "family_key",
        "family_identity",
        "consent",
        "subject_request",
        "revocation",
        "request_use",
        "person",
        "family",
        "familiar_place",
        "failed_sign_in",
        "erased_submission",
        "audit_queue",
        "audit_entry",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
