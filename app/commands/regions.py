"""`ikk regions` loads the shipped editions of the region codes."""

import typer

from app.commands.base import out, with_session
from app.services.reference import regions

region = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Kemendagri region codes.")


@region.callback()  # otherwise typer would leave out the name of an only command
def explain() -> None:
    """Kemendagri region codes."""


@region.command("load")
def load_regions() -> None:
    """Loads the shipped editions of the region codes. Safe to repeat.

    Example: `ikk regions load`
    """
    with out.status("loading regions"):
        counts = with_session(regions.load_shipped_regions)
    for code, count in counts.items():
        out.print(f"{code}: {f'{count:,} regions loaded' if count else 'already loaded'}")
