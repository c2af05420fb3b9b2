"""Column types and constraint names that all tables share. It is imported before any table is defined."""

from typing import Any, Final

from sqlalchemy import DateTime, String
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType
from sqlmodel import SQLModel

# Every constraint has a name by rule, so that a migration can always say which one it changes.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

ByteOrder: Final[Any] = String(collation="C")
"""Text that sorts by its bytes in every locale of the database, so that a region's subtree is one range of an index."""


class TransactionId(UserDefinedType[int]):
    """A transaction of PostgreSQL (xid8). It grows and is never used again, but another cluster begins anew."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class Letter(UserDefinedType[str]):
    """One letter in one byte (PostgreSQL's internal "char")."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return '"char"'


# So that a comparison of tables and models knows the types.
ischema_names["xid8"] = TransactionId
ischema_names['"char"'] = Letter

Instant: Final[Any] = DateTime(timezone=True)
"""A point in time (timestamptz), stored in UTC."""
