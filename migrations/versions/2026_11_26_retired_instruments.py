"""Says of a published instrument until when interviews are taken with it, and which version to use instead.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("instrument", sa.Column("retired_after", sa.Date(), nullable=True))
    op.add_column("instrument", sa.Column("use_instead", sa.String(), nullable=True))


def downgrade() -> None:
    """Goes back. Retired versions then take interviews again."""
    op.drop_column("instrument", "use_instead")
    op.drop_column("instrument", "retired_after")
