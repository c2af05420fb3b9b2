"""The worked example of case statistics in the guide for agencies."""

import re

from app.problems.figure_texts import FIGURE_WARNING_TEXTS
from tests.support.cases import path_of
from tests.support.factories import PROJECT, Client

GUIDE = (PROJECT / "docs" / "guides" / "agencies.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


async def test_the_report_of_the_guide_is_taken_with_its_receipt(client: Client) -> None:
    await client.sign_in(scopes=["statistics:write"], regions=["63"])
    headers = {"Content-Type": "application/json"}
    answer = await client.http.put(path_of("63", "2023"), content=block("json"), headers=headers)
    assert answer.status_code == 201
    assert f"# {answer.text}" in GUIDE.splitlines()
    counts = (await client.get(path_of("63", "2023"))).json()["provisional"]["counts"]
    assert counts[0] == {"cases": 69}


async def test_the_file_of_the_guide_is_taken(client: Client) -> None:
    await client.sign_in(scopes=["statistics:write"], regions=["63"])
    headers = {"Content-Type": "text/csv"}
    answer = await client.http.post("/v1/statistics/cases", content=block("csv"), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["created"] == 1
    assert answer.json()["ignored_columns"] == []


def test_the_guide_names_every_warning() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| (?!.*manage)[^|]+\|$", GUIDE, re.MULTILINE)) >= FIGURE_WARNING_TEXTS.keys()
