"""Bodies of responses are written with the names that the OpenAPI document shows."""

from collections.abc import Iterator

from app.main import create_app
from app.schemas.shapes import Out
from app.schemas.statistics.indicator import BandOut


def bodies(of: type[Out] = Out) -> Iterator[type[Out]]:
    for each in of.__subclasses__():
        yield each
        yield from bodies(each)


def test_a_name_that_python_keeps_for_itself_is_written_as_it_is_shown() -> None:
    band = BandOut.model_validate({"code": "a", "name": {"id": "Satu", "en": "One"}, "from": 500, "below": None})
    assert band.model_dump(mode="json")["from"] == 500
    assert b'"from":500' in band.__pydantic_serializer__.to_json(band)


def test_every_body_is_written_so() -> None:
    assert create_app is not None, "the import loads all bodies"
    every = set(bodies())
    renamed = [each for each in every if any(field.serialization_alias for field in each.model_fields.values())]
    assert len(renamed) > 3
    for each in every:
        assert each.model_config.get("serialize_by_alias"), each
