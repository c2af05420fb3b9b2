"""The grounds for refusing a subject request (UU 27/2022), by code with article and text."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.schemas.shapes import In, Out
from app.schemas.subject_requests.kinds import RequestKind
from app.scoring.parts import Text

Ground = Literal[
    "national_defence",
    "law_enforcement",
    "state_administration",
    "financial_supervision",
    "statistics_and_research",
    "danger",
    "other_persons",
    "defence_and_security",
    "not_the_family",
]


class RefusalIn(In):
    """The ground on which to refuse a subject request. You cannot add a text of your own."""

    ground: Ground


class RefusalOut(Out):
    """The ground of a refusal.

    article is the article of UU 27/2022, as secondary sources give it. It is null for a ground without an article.
    """

    ground: Literal[Ground, "family_erased"]
    article: str | None
    text: Text


class GroundOf(Out):
    """A ground with its article of UU 27/2022, the kinds of subject request it can refuse, and its text."""

    article: str | None
    kinds: tuple[RequestKind, ...]
    text: Text


# Article 15 limits the rights to erase, withdraw, restrict and carry away. It does not limit access and correction.
_ARTICLE_15: Final[tuple[RequestKind, ...]] = ("restrict", "erase")
# Article 33 is about access.
_ARTICLE_33: Final[tuple[RequestKind, ...]] = ("export", "correct")
_ANY: Final[tuple[RequestKind, ...]] = ("export", "correct", "restrict", "lift", "erase")


def _ground(article: str | None, kinds: tuple[RequestKind, ...], id: str, en: str) -> GroundOf:
    return GroundOf(article=article, kinds=kinds, text=Text(id=id, en=en))


GROUNDS: Final[Mapping[str, GroundOf]] = MappingProxyType(
    {
        "national_defence": _ground(
            "15(1)a",
            _ARTICLE_15,
            "Demi pertahanan dan keamanan nasional.",
            "For national defence and security.",
        ),
        "law_enforcement": _ground(
            "15(1)b",
            _ARTICLE_15,
            "Demi proses penegakan hukum.",
            "For the enforcement of the law.",
        ),
        "state_administration": _ground(
            "15(1)c",
            _ARTICLE_15,
            "Demi kepentingan umum dalam penyelenggaraan negara.",
            "For the public interest in the administration of the state.",
        ),
        "financial_supervision": _ground(
            "15(1)d",
            _ARTICLE_15,
            "Demi pengawasan sektor keuangan dalam penyelenggaraan negara.",
            "For the supervision of the financial sector by the state.",
        ),
        "statistics_and_research": _ground(
            "15(1)e",
            _ARTICLE_15,
            "Demi statistik dan penelitian ilmiah.",
            "For statistics and scientific research.",
        ),
        "danger": _ground(
            "33a",
            _ARTICLE_33,
            "Membahayakan keamanan atau kesehatan fisik atau mental pemohon atau orang lain.",
            "It would endanger the safety or the physical or mental health of the requester or of others.",
        ),
        "other_persons": _ground(
            "33b",
            _ARTICLE_33,
            "Akan mengungkap data pribadi orang lain.",
            "It would disclose personal data of another person.",
        ),
        "defence_and_security": _ground(
            "33c",
            _ARTICLE_33,
            "Bertentangan dengan kepentingan pertahanan dan keamanan nasional.",
            "It would run against national defence and security.",
        ),
        "not_the_family": _ground(
            None,
            _ANY,
            "Pemohon tidak dapat menunjukkan bahwa ia anggota keluarga ini atau kuasanya.",
            "The requester could not show to be of this family or to act for it.",
        ),
        "family_erased": _ground(
            None,
            (),
            "Keluarga ini telah dihapus atas permintaannya sendiri sebelum permintaan ini dilayani.",
            "The family was erased at its own request before this request was served.",
        ),
    }
)
"""Grounds by code. The articles come from secondary sources, so check the official text before relying on one."""
