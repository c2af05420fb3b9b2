"""The parameters `instrument` and `version` of what is read for a review."""

from typing import Annotated

from fastapi import Depends, Query, Request

from app.routers.dependencies import catalogue_of, settings_of
from app.scoring.versions import Versions
from app.services.aggregates.reading import pick_versions


def _versions(
    request: Request,
    instrument: Annotated[
        str | None,
        Query(min_length=1, max_length=40, description="Code of the instrument. Without it you get the default one"),
    ] = None,
    version: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=20,
            description="Version of the instrument. Without it you get the version in force in that year, with those "
            "that are comparable",
        ),
    ] = None,
) -> Versions:
    return pick_versions(catalogue_of(request), instrument or settings_of(request).default_instrument, version)


VersionsOf = Annotated[Versions, Depends(_versions)]
