"""The parameters of the protection of published figures, which an instrument may raise and never lower."""

from dataclasses import dataclass

from app.scoring.instrument import Instrument


@dataclass(frozen=True, slots=True)
class Parameters:
    """families: the fewest of a village with figures of its own

    base, sensitive_base: so many values of each count stay possible
    group: the fewest answering families of each group of a breakdown
    batch: so many families have to change before a village gets new figures
    """

    families: int = 30
    base: int = 5
    sensitive_base: int = 10
    group: int = 50
    batch: int = 10

    @classmethod
    def of(cls, instrument: Instrument) -> "Parameters":
        """Those that the instrument asks for, none below those that always hold."""
        least, asked = cls(), instrument.disclosure
        base = max(least.base, asked.base)
        sensitive_base = max(least.sensitive_base, asked.sensitive_base, base)
        # Below that, the counts of a village could not have so many possible values.
        families = max(least.families, asked.families, 2 * sensitive_base + 1)
        return cls(families, base, sensitive_base, max(least.group, asked.group))
