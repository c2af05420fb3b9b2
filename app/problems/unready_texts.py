"""Why the service is not ready, in Indonesian and English. /health/ready and every 503 with `reasons` say it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.problems.fault_texts import Texts

Reason = Literal["migrations", "role", "row_security", "pooler", "login", "regions", "instruments", "keys"]

UNREADY_TEXTS: Final[Mapping[Reason, Texts]] = MappingProxyType(
    {
        "migrations": (
            "Tabel basis data tidak sesuai dengan versi layanan ini. Jalankan ikk migrate.",
            "The database's tables are not those of this version. Run ikk migrate.",
        ),
        "role": (
            "Login basis data bukan anggota peran ikk_service. Administrator basis data perlu menjalankan "
            "GRANT ikk_service untuk login itu.",
            "The database login is not a member of the role ikk_service. A database administrator has to grant it.",
        ),
        "row_security": (
            "Keamanan per baris tidak mengikat peran ikk_service. Peran itu superuser, memiliki BYPASSRLS, atau "
            "menguasai tabel. Cabut hak itu.",
            "Row-level security does not bind the role ikk_service. The role is a superuser, has BYPASSRLS or owns "
            "tables. Take that right away from it.",
        ),
        "pooler": (
            "Perantara koneksi di depan PostgreSQL membagi satu sesi untuk beberapa koneksi. Atur perantara itu ke "
            "mode sesi (pool_mode = session).",
            "A connection pooler in front of PostgreSQL shares one session between connections. Set it to session "
            "mode (pool_mode = session).",
        ),
        "login": (
            "Login basis data dapat melewati keamanan per baris, karena ia superuser, memiliki BYPASSRLS, atau "
            "menguasai tabel. Pakai login yang hanya menjadi anggota ikk_service.",
            "The database login can pass by row-level security, because it is a superuser, has BYPASSRLS or owns "
            "tables. Use a login that is only a member of ikk_service.",
        ),
        "regions": (
            "Kode wilayah belum dimuat. Jalankan ikk regions load.",
            "The region codes are not loaded. Run ikk regions load.",
        ),
        "instruments": (
            "Instrumen bawaan belum diterbitkan, atau server ini belum membacanya. Jalankan ikk instrument publish.",
            "The default instrument is not published, or this server has not read it yet. Run ikk instrument publish.",
        ),
        "keys": (
            "Berkas kunci tidak memuat semua kunci yang disebut basis data. Pulihkan berkas kunci yang benar "
            "(IKK_KEYS_FILE).",
            "The key ring lacks keys that the database names. Restore the right key ring (IKK_KEYS_FILE).",
        ),
    }
)

WAIT: Final[Texts] = (
    "Coba lagi {wait} lagi.",
    "Try again in {wait}.",
)
"""What a client does meanwhile."""
