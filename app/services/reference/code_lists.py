"""Lists the code lists by which case statistics are broken down."""

from app.schemas.reference.code_list import CodeListOut
from app.statistics.code_lists import CODE_LISTS


def list_code_lists() -> list[CodeListOut]:
    """Returns every code list with its codes, in their order."""
    return [CodeListOut.of(each) for each in CODE_LISTS.values()]
