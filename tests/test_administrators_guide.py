"""The guide for administrators describes each role as the code does, and its examples work."""

import re

from app.access import ROLES, SCOPES
from app.formats.headings import fold
from app.services.access.people_files import FILE_BYTES, FILE_LINES, PEOPLE_COLUMNS, read_people
from tests.support.accounts import act_as, post_file
from tests.support.factories import PROJECT, Client

GUIDES = PROJECT / "docs" / "guides"
GUIDE = (GUIDES / "administrators.md").read_text("utf-8")


def test_every_role_is_described_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", GUIDE.partition("## What")[0], re.MULTILINE)
    assert [row[0] for row in rows] == list(ROLES)
    for name, indonesian, may, where in rows:
        role = ROLES[name]
        assert indonesian == role.name[0]
        named = set(re.findall(r"`([a-z]+:[a-z]+)`", may))
        expected = set(SCOPES) - named if may.startswith("everything but") else named
        assert set(role.scopes) == expected
        levels = {level for level in ("village", "district", "regency", "province") if level in where}
        assert where == "any region" if len(role.levels) == 5 else role.levels == levels


async def test_the_file_of_the_guide_is_taken(client: Client) -> None:
    shown = re.search(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
    assert shown is not None
    (heading, *_) = shown[1].splitlines()
    file = await read_people(shown[1].encode("utf-8"))
    assert list(file.headings.positions) == [each.name for each in PEOPLE_COLUMNS]
    assert (len(file.rows), file.faults, file.ignored) == (3, [], [])
    assert f"{FILE_LINES:,} lines and {FILE_BYTES // 1024} KiB" in GUIDE.replace("\n", " ")
    rows = re.findall(r"^\| ([^|`]+) \| `(\w+)`, ([^|]+) \|", GUIDE, re.MULTILINE)
    assert [row[1] for row in rows] == [each.name for each in PEOPLE_COLUMNS]
    for (first, _, others), column in zip(rows, PEOPLE_COLUMNS, strict=True):
        assert first in heading
        assert {fold(each) for each in (first, *others.split(", "))} <= set(column.known)
    await act_as(client, ("agency_administrator", "6372"))
    answer = await post_file(client, shown[1].replace("31/12/2027", "31/12/2099"))
    assert [each["username"] for each in answer.json()["people"]] == ["rini.astuti", "budi.santoso"]


async def test_the_words_for_training_are_taken() -> None:
    (meant, otherwise) = re.findall(r"^\| Latihan \|[^|]*\| (.*?)\. (.*?)$", GUIDE, re.MULTILINE)[0]
    words = [*re.findall(r"`(\w+)`", meant), *re.findall(r"`(\w+)`", otherwise), ""]
    assert words == ["ya", "y", "yes", "tidak", "t", "no", "n", ""]
    lines = [f"siti.{place};Siti;Kader;6372061004;{word}" for place, word in enumerate(words)]
    file = await read_people("\n".join(["username;name;role;region;latihan", *lines]).encode("utf-8"))
    assert [cells.get("training") for _, cells in file.rows] == ["yes"] * 3 + ["no"] * 4 + [None]


def test_the_file_beside_the_guide_is_the_one_it_shows() -> None:
    shown = re.search(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
    assert shown is not None
    kept = (GUIDES / "pelatihan.csv").read_bytes()
    assert kept.decode("utf-8") == "\ufeff" + shown[1].replace("\n", "\r\n"), "as Excel saves it"


async def test_the_requests_of_the_guide_work(client: Client) -> None:
    await act_as(client, ("agency_administrator", "6372"))
    paths = re.findall(r'"\$ADDRESS(/v1/people/[^"]+)"', GUIDE)
    assert [path.partition("?")[0] for path in paths] == ["/v1/people/import", "/v1/people/codes"]
    file = (GUIDES / "pelatihan.csv").read_bytes().replace(b"31/12/2027", b"31/12/2099")
    pages = [await client.http.post(path, content=file, headers={"Content-Type": "text/csv"}) for path in paths]
    for page in pages:
        assert (page.status_code, page.headers["content-type"]) == (201, "text/html; charset=utf-8")
        assert page.text.count("<article>") == 2
    assert not set(codes_in(pages[0].text)) & set(codes_in(pages[1].text))
    listed = await client.http.get("/v1/people?role=kader&signed_in=false")
    assert len(listed.json()["items"]) == 2
    (renewed,) = re.findall(r"`POST (/v1/people/codes\?region=[^`]+)`", GUIDE)
    assert len((await client.http.post(renewed)).json()["people"]) == 2


def codes_in(page: str) -> list[str]:
    return re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", page)


def test_every_command_of_the_guides_fails_where_the_service_refuses() -> None:
    for guide in GUIDES.glob("*.md"):
        for line in guide.read_text("utf-8").splitlines():
            if re.search(r"(^|`)\s*curl ", line) and "/health/" not in line:
                assert "--fail-with-body" in line, f"{guide.name}: {line}"


def test_no_two_guides_create_the_same_account() -> None:
    created: dict[str, str] = {}
    for guide in sorted(GUIDES.glob("*.md")):
        text = guide.read_text("utf-8")
        blocks = "\n".join(re.findall(r"```(?:sh|csv|json)?\n(.*?)```", text, re.DOTALL))
        found = re.findall(r'person create ([\w.]+)|"username": "([\w.]+)"|^([a-z][\w.]+);', blocks, re.MULTILINE)
        for username in {name for names in found for name in names if name}:
            assert created.setdefault(username, guide.name) == guide.name, username
    assert {"siti.aminah", "rini.astuti", "nur.hidayah"} <= created.keys()
