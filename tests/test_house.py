"""Checks the rules of the house by reading the code: imports, writers of tables, and names.

docs/decisions/0016-folders-by-capability.md gives the reasons.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest

from app.config import Settings
from app.problems.fault_texts import FAULT_TEXTS, FaultCode
from app.problems.problem_texts import PROBLEM_KINDS
from app.problems.warning_texts import WARNING_TEXTS, WarningCode
from app.services.intake.submission_table import COLUMNS
from tests.support.factories import PROJECT
from tests.support.source import (
    APP,
    FILES,
    TABLES,
    files_of,
    files_that_import,
    imports,
    module_of,
    name_of,
    text_in,
    tree_of,
    within,
    writers,
    written_tables,
)
from tools.draw_imports import draw, find_floors

BANNED = {"data", "info", "item", "util", "helper", "manager", "handler", "process", "common", "misc"}
LIBRARY_NAMES = {
    "add_exception_handler",
    "handlers",
    "ProcessCollector",
    "get_route_handler",
    "ProcessorFormatter",
    "StreamHandler",
    "data_folder",
    "items",  # the name of a list on the wire
}

PURE = (
    "app.access",
    "app.folding",
    "app.formats",
    "app.identity",
    "app.lines",
    "app.problems",
    "app.protection",
    "app.regions",
    "app.scoring",
    "app.statistics",
    "app.turns",
    "app.xforms",
)
"""Packages that only decide, without HTTP, SQL or a clock."""
# Folder or file → the only parts of app that it may import, including itself.
MAY_IMPORT = {
    "app/scoring": {"app.lines", "app.scoring"},
    "app/regions": {"app.regions"},
    "app/identity": {"app.identity", "app.problems"},
    "app/problems": {"app.problems"},
    "app/formats": {"app.formats", "app.problems", "app.turns"},
    "app/protection": {"app.protection", "app.regions", "app.scoring"},
    "app/statistics": {"app.folding", "app.problems", "app.regions", "app.statistics"},
    "app/access.py": {"app.regions"},
    "app/folding.py": set(),
    "app/lines.py": set(),
    "app/turns.py": set(),
    "app/xforms": {"app.formats", "app.problems", "app.scoring", "app.xforms"},
    "app/config.py": set(),
    "app/language": {"app.language", "app.problems"},
    "app/models": {"app.models"},
    "app/schemas": {"app.schemas", *PURE},
    "app/platform": {"app.platform", "app.config", *PURE},
    "app/services": {"app.services", "app.schemas", "app.models", "app.platform", *PURE},
    "app/pages": {"app.pages", "app.schemas", *PURE},
    "app/jobs": {"app.jobs", "app.services", "app.platform", "app.scoring"},
    "app/routers": {"app.routers", "app.pages", "app.services", "app.schemas", "app.platform", "app.config", *PURE},
}

CAPABILITIES = (
    *("intake", "aggregates", "statistics", "profiles", "families", "subject_requests", "access", "audit"),
    *("reference", "reviews", "rounds", "phones", "releases"),
)
# Imports between capabilities of the services, without a cycle.
MAY_USE = {
    "audit": set[str](),
    "reference": {"audit"},
    "access": {"audit", "reference"},
    "releases": {"reference"},
    "aggregates": {"audit", "reference", "releases"},
    "statistics": {"audit", "reference"},
    "profiles": {"aggregates", "statistics"},
    "families": {"audit", "reference"},
    "rounds": {"audit", "reference"},
    "intake": {"aggregates", "audit", "families", "reference", "rounds"},
    "phones": {"access", "audit", "intake", "reference", "reviews", "rounds"},
    "reviews": {"access", "aggregates", "audit", "families", "intake", "reference", "rounds"},
    "subject_requests": {"aggregates", "audit", "families", "intake", "reference", "reviews", "rounds"},
}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_run_in_one_direction(folder: str) -> None:
    for file in files_of(folder):
        ours = {name for name in imports(file) if within(name, ("app",))}
        assert {name for name in ours if not within(name, MAY_IMPORT[folder])} == set(), name_of(file)


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_capability_uses_only_those_below_it(capability: str) -> None:
    allowed = {f"app.services.{each}" for each in {capability, *MAY_USE[capability]}}
    for file in files_of(f"app/services/{capability}"):
        used = {name for name in imports(file) if within(name, ("app.services",))}
        assert {name for name in used if not within(name, allowed)} == set(), name_of(file)


@pytest.mark.parametrize("deep", [False, True], ids=["rooms", "capabilities"])
def test_no_room_imports_itself_in_a_circle(deep: bool) -> None:
    assert find_floors(draw(APP, deep=deep))[1] == []


def test_no_import_leads_back_in_a_circle() -> None:
    known = {module_of(file): file for file in FILES}
    # `from package import module` imports the module. Python loads its package before in any case.
    uses = {
        module: {each if each in known else each.rpartition(".")[0] for each in imports(file)} & known.keys() - {module}
        for module, file in known.items()
    }
    done: set[str] = set()

    def follow(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way, module))
        if module not in done:
            for each in sorted(uses[module]):
                follow(each, (*way, module))
            done.add(module)

    for module in uses:
        follow(module, ())


def test_pure_rooms_know_no_http_no_sql_and_no_clock() -> None:
    for room in PURE:
        path = room.replace(".", "/")
        for file in files_of(path if (PROJECT / path).is_dir() else f"{path}.py"):
            foreign = ("fastapi", "starlette", "sqlalchemy", "sqlmodel", "asyncpg", "time", "random", "os")
            assert [name for name in imports(file) if within(name, foreign)] == [], name_of(file)
            assert not re.search(r"\.(now|today|utcnow)\(", file.read_text("utf-8")), name_of(file)


def test_only_two_steps_of_protection_see_exact_counts_and_make_protected_ones() -> None:
    """So whatever else is published is computed from protected counts."""
    steps = {"app/protection/villages.py", "app/protection/breakdowns.py"}
    reading = {name_of(file) for file in FILES if "app.protection.exact" in file.read_text("utf-8")}
    assert reading <= steps | {"app/services/releases/exact_sums.py"}
    grouped = {name_of(file) for file in FILES if re.search(r"\bGroupCounts\b", file.read_text("utf-8"))}
    assert grouped <= {"app/protection/groups.py", "app/protection/breakdowns.py", "app/services/releases/groups.py"}
    home, token = "app/protection/protected.py", re.compile(r"\bSTEP_TOKEN\b")
    assert {name_of(file) for file in FILES if token.search(file.read_text("utf-8"))} <= steps | {home}
    using = [
        f"{each.name}.{part.name}"
        for each in ast.walk(tree_of(PROJECT / home))
        if isinstance(each, ast.ClassDef)
        for part in each.body
        if isinstance(part, ast.FunctionDef) and token.search(ast.unparse(part))
    ]
    ways = {"__post_init__", "from_values"}
    assert {each.partition(".")[2] for each in using} == ways
    stored = {name_of(file) for file in FILES if re.search(r"\bProtected\.from_values\(", file.read_text("utf-8"))}
    assert stored <= {"app/services/releases/versions.py"}
    stored = {name_of(file) for file in FILES if "ProtectedGroup.from_values(" in file.read_text("utf-8")}
    assert all(file.startswith("app/services/releases/") for file in stored)


def test_services_load_no_http_framework() -> None:
    """This runs in a fresh interpreter, where no other module can have loaded the framework."""
    for file in files_of("app/services"):
        assert not [name for name in imports(file) if within(name, ("fastapi", "starlette"))], name_of(file)
    modules = [module_of(file) for file in files_of("app/services")]
    code = f"""
import sys
from importlib import import_module
for name in {modules!r}:
    import_module(name)
    found = sorted(name for name in sys.modules if name in ("fastapi", "starlette"))
    assert not found, (name, found)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_routers_know_no_sql() -> None:
    for file in files_of("app/routers"):
        allowed = {"sqlalchemy.ext.asyncio.AsyncSession"}
        sql = {name for name in imports(file) if within(name, ("sqlalchemy", "sqlmodel", "asyncpg"))}
        assert sql <= allowed, name_of(file)
        for node in ast.walk(tree_of(file)):
            text = text_in(node) or ""
            assert not re.search(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b", text), f"{name_of(file)}: {text[:60]}"


def test_routers_audit_nothing_and_open_no_second_transaction() -> None:
    """Services decide what is audited and how many transactions there are."""
    for file in files_of("app/routers"):
        assert not [name for name in imports(file) if within(name, ("app.services.audit.queue",))], name_of(file)
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.AsyncFunctionDef):
                text = ast.unparse(node)
                assert text.count("open_session(") + text.count("connect(") <= 1, f"{name_of(file)}: {node.name}"


@pytest.mark.parametrize(
    "code",
    [
        'x = "INSERT INTO region (code) VALUES (:code)"',
        'x = "update only region SET name = :name"',
        """x = 'DELETE FROM "public"."region"'""",
        'x = "DELETE FROM public.region"',
        'x = "TRUNCATE region"',
        'x = "MERGE INTO region USING y"',
        'x = f"INSERT INTO region ({y})"',
        "insert(Region)",
        "sa.insert(models.Region)",
        "insert(Region.__table__)",
        "Region.__table__.insert()",
        "from app.models import Region as Area\nArea(code=1)",
        "from sqlalchemy import insert as put\nput(Region)",
        "session.bulk_insert_mappings(Region, rows)",
        'connection.copy_records_to_table("region", records=rows)',
        "models.Region(code=1)",
    ],
)
def test_a_writer_is_seen_in_every_form(code: str) -> None:
    assert set(written_tables(ast.parse(code))) == {"region"}


@pytest.mark.parametrize("code", ['x = f"UPDATE {table} SET name = :name"', 'x = "DELETE FROM {table}"'])
def test_a_written_table_has_to_be_named(code: str) -> None:
    with pytest.raises(AssertionError, match="name the table"):
        list(written_tables(ast.parse(code)))


def test_each_table_has_one_writer() -> None:
    found = writers()
    assert {table: files for table, files in found.items() if len(files) != 1} == {}
    assert all(file.startswith(("app/services/", "app/platform/")) for files in found.values() for file in files)


@pytest.mark.parametrize("table", TABLES)
def test_the_writer_of_a_table_says_so(table: str) -> None:
    (file,) = writers()[table]
    said = re.search(r"only writer of ([^.]+)\.", (ast.get_docstring(tree_of(PROJECT / file)) or "").replace("\n", " "))
    assert said is not None
    assert f"`{table}`" in said[1]


def test_only_writers_hand_rows_to_the_session() -> None:
    writing = set().union(*writers().values())
    for file in FILES:
        if name_of(file) not in writing:
            handed = re.findall(r"\bsession\.(?:add|add_all|delete|merge)\(|\bsetattr\(", file.read_text("utf-8"))
            assert handed == [], name_of(file)


def test_rows_are_changed_where_their_table_is_written() -> None:
    """`row.column = value` is an UPDATE too, so only a writer of a table with that column may contain it."""
    mine = {file: {table for table, files in writers().items() if file in files} for file in map(name_of, FILES)}
    every = {column.name for table in TABLES.values() for column in table.columns}
    for file in (*files_of("app/services"), *files_of("app/jobs"), *files_of("app/routers"), *files_of("app/commands")):
        own = {column.name for table in mine[name_of(file)] for column in TABLES[table].columns}
        for node in ast.walk(tree_of(file)):
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AugAssign | ast.AnnAssign)
                else []
            )
            for target in targets:
                for part in target.elts if isinstance(target, ast.Tuple) else (target,):
                    owner = ast.unparse(part.value) if isinstance(part, ast.Attribute) else "self"
                    if (
                        isinstance(part, ast.Attribute)
                        and owner not in ("self", "request.state")
                        and part.attr in every
                    ):
                        assert part.attr in own, f"{name_of(file)}: {ast.unparse(part)}"


def test_the_row_of_a_submission_has_every_column_but_those_that_the_database_decides() -> None:
    columns = {column.name for column in TABLES["submission"].columns}
    of_review = {"review", "in_approved", "revised_at", "corrected_by", "assigned_to"}
    assert columns - set(COLUMNS) == {"edition", "received_at", "moved", "after_settlement"} | of_review
    assert set(COLUMNS) <= columns


def test_nobody_counts_the_positions_of_parameters() -> None:
    for file in FILES:
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"\$[2-9]", node.value), f"{name_of(file)}: {node.value[:60]}"


HOMES = {
    # What is decided once → the file, and what gives a second home away.
    "region in force": (
        "app/services/reference/regions_in_force.py",
        r"coalesce\(valid_to|valid_to(\)\.is_\(None| IS NULL)|-infinity",
    ),
    "local time at a region": ("app/regions/local_time.py", r"\bzoneinfo\b"),
    "end of a subtree": ("app/regions/codes.py", r"""\+ ":"|\|\| ':'|AFTER_DIGITS: Final"""),
    "bad cursor": ("app/platform/cursors.py", r'Fault\("bad_cursor"'),
    "packed cursor": ("app/platform/cursors.py", r"urlsafe_b64"),
    "form of an instant": ("app/schemas/moments.py", r"AwareDatetime\b"),
    "16 digits on the wire": ("app/schemas/numbers.py", r"\[0-9\]\{16\}\$"),
    "signatures": ("app/platform/signatures.py", r"\bfrom jose\b"),
}


@pytest.mark.parametrize("what", HOMES)
def test_what_is_decided_has_one_home(what: str) -> None:
    home, sign = HOMES[what]
    found = [name_of(file) for file in FILES if re.search(sign, file.read_text("utf-8"), re.IGNORECASE)]
    assert found == [home]


def test_layers_and_tests_have_the_same_folders() -> None:
    for layer in ("routers", "schemas", "services"):
        folders = {each.name for each in (APP / layer).iterdir() if each.is_dir() and not each.name.startswith("__")}
        # Pages show what the services of other capabilities return, and have none of their own.
        assert folders == {*CAPABILITIES, *({"pages"} if layer == "routers" else ())}, layer
    rooms = {each.name for each in APP.iterdir() if each.is_dir() and list(each.glob("*.py"))}
    supporting = {"access_matrix", "bench", "clients", "deploy", "fuzzing", "scoring", "server", "storm", "support"}
    for folder in (each for each in (PROJECT / "tests").iterdir() if each.is_dir() and list(each.glob("*.py"))):
        assert folder.name in rooms | supporting, folder
    for layer in ("routers", "services"):
        for folder in (each for each in (PROJECT / "tests" / layer).iterdir() if each.is_dir()):
            assert folder.name in {*CAPABILITIES, "__pycache__", *({"pages"} if layer == "routers" else ())}, folder


def test_only_config_reads_the_environment() -> None:
    assert files_that_import("pydantic_settings") == ["app/config.py"]
    # Passing the whole environment on to a child is not reading it.
    read = re.compile(r"environb?(\[|\.)|getenv")
    reading = [name_of(file) for file in FILES if read.search(file.read_text("utf-8"))]
    # It also names the folder of the workers' metrics there, where prometheus_client looks for it.
    assert reading == ["app/config.py"]
    # typer reads the three variables of the language, so that `ikk --help` need not load the settings.
    declaring = [name_of(file) for file in FILES if "envvar=" in file.read_text("utf-8")]
    assert declaring == ["app/cli.py"]


def test_only_security_sees_tokens() -> None:
    assert files_that_import("jose") == ["app/platform/signatures.py"]


def test_only_the_database_commits() -> None:
    committing = [name_of(file) for file in FILES if ".commit(" in file.read_text("utf-8")]
    assert committing == ["app/platform/database.py"]
    beginning = [name_of(file) for file in FILES if ".begin(" in file.read_text("utf-8")]
    assert beginning == ["app/platform/migrations.py"]


def test_problems_have_slugs_of_their_own_and_all_are_in_the_catalogue() -> None:
    slugs = [kind.slug for kind in PROBLEM_KINDS]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in slugs)
    made = [
        name_of(file)
        for file in FILES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ProblemKind"
    ]
    assert made == ["app/problems/problem_texts.py"] * len(PROBLEM_KINDS)


@pytest.mark.parametrize(
    ("file", "codes", "texts"),
    [
        ("app/problems/fault_texts.py", get_args(FaultCode), FAULT_TEXTS),
        ("app/problems/warning_texts.py", get_args(WarningCode), WARNING_TEXTS),
    ],
)
def test_every_code_has_texts_and_is_in_use(file: str, codes: tuple[str, ...], texts: Mapping[str, object]) -> None:
    """Mypy refuses a code that is not declared, so only declared codes can be in use."""
    used = {text_in(node) for each in FILES if name_of(each) != file for node in ast.walk(tree_of(each))}
    assert set(codes) == texts.keys()
    assert texts.keys() <= used


def test_every_setting_is_in_the_example_of_the_environment_and_nothing_else() -> None:
    lines = (PROJECT / ".env.example").read_text("utf-8").splitlines()
    named = [found[1] for line in lines if (found := re.fullmatch(r"# ?([A-Z][A-Z_]*)=.*", line))]
    settings = ["DATABASE_URL" if name == "database_url" else f"IKK_{name.upper()}" for name in Settings.model_fields]
    of_compose = set(re.findall(r"\$\{(\w+)", (PROJECT / "compose.yaml").read_text("utf-8")))
    assert sorted(name for name in named if name not in of_compose - set(settings)) == sorted(settings)


def names_in(file: Path) -> Iterator[str]:
    yield file.stem
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def test_no_name_is_a_word_that_says_nothing() -> None:
    for file in FILES:
        for name in names_in(file):
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
            plain = words | {word.removesuffix("s") for word in words}
            assert name in LIBRARY_NAMES or not plain & BANNED, f"{name_of(file)}: {name}"


def test_every_module_says_what_it_is_for() -> None:
    for file in FILES:
        if tree_of(file).body:
            assert ast.get_docstring(tree_of(file)), name_of(file)
