"""Starts, shares, crashes and stops real embedded servers. No test here uses a fake one."""

import asyncio
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app import embedded
from app.embedded import EmbeddedError, choose_folder, data_folder, running, supervisor

pytestmark = pytest.mark.process

FAST = {"fsync": "off"}
PROJECT = Path(__file__).resolve().parents[2]
USER = """
import sys, time
from pathlib import Path
from app.embedded import running
with running(Path(sys.argv[1]), options={"fsync": "off"}) as dsn:
    print(dsn, flush=True)
    sys.stdin.read()
"""
ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="about what root must and must not do")


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path, because no other account may enter /tmp/pytest-of-root, and root's server runs under another.
    base = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="ikk-test-"))
    base.chmod(0o755)
    place = base / "project" / ".ikk" / "postgres"
    yield place
    wait_until(lambda: not servers(place) and not supervisors(place))
    assert not sockets(place).exists()
    shutil.rmtree(base)


def sockets(folder: Path) -> Path:
    uid = pwd.getpwnam("nobody").pw_uid if ROOT else os.geteuid()
    return Path(f"/tmp/ikk-{uid}-{hashlib.sha256(bytes(folder)).hexdigest()[:12]}")


def query(dsn: str, *statements: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return [await connection.fetchval(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(ask())


def answers(dsn: str) -> bool:
    try:
        return bool(query(dsn, "select true"))
    except (asyncpg.PostgresError, OSError):
        return False


def keep_row(dsn: str) -> None:
    query(dsn, "create table kept (word text)", "insert into kept values ('there')")


def kept_row(dsn: str) -> Any:
    return query(dsn, "select word from kept")


def matching(word: str) -> list[int]:
    """Process ids of the live programs that have this word among their arguments."""
    shown = subprocess.run(["ps", "-ww", "-eo", "pid=,state=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in shown.splitlines()]
    return [int(row[0]) for row in rows if row[1] != "Z" and word in row[2:][-1].split()]


def supervisors(folder: Path) -> list[int]:
    return [number for number in matching(str(folder)) if number in matching("-P")]


def servers(folder: Path) -> list[int]:
    return [n for n in matching(str(folder / "cluster")) if n not in supervisors(folder)]


def postmaster(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().split()[0])


def wait_until(holds: Callable[[], bool], limit: float = 60) -> None:
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end, "did not come about in time"
        time.sleep(0.05)


def start_user(folder: Path) -> subprocess.Popen[str]:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", USER, str(folder)], cwd=PROJECT, **pipes)


def dsn_of(user: subprocess.Popen[str]) -> str:
    assert user.stdout
    line = user.stdout.readline().strip()
    assert line.startswith("postgresql://")
    return line


def end(user: subprocess.Popen[str]) -> None:
    user.communicate(timeout=30)
    assert user.returncode == 0


def assert_stopped(folder: Path) -> None:
    wait_until(lambda: not (folder / "cluster" / "postmaster.pid").exists())
    wait_until(lambda: not servers(folder) and not supervisors(folder))


def test_rows_survive_a_second_run(folder: Path) -> None:
    with running(folder, options=FAST) as dsn:
        assert dsn == f"postgresql://postgres@/ikk?host={sockets(folder)}&port=5432"
        assert query(dsn, "select current_database()") == "ikk"
        keep_row(dsn)
    with running(folder, options=FAST) as dsn:
        assert kept_row(dsn) == "there"


def test_sorting_and_letters_do_not_depend_on_the_host(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("PGPORT", "6000")
    with running(folder, options=FAST) as dsn:
        assert query(dsn, "select pg_encoding_to_char(encoding) from pg_database where datname='ikk'") == "UTF8"
        assert query(dsn, "select lower('ÄÉ') || string_agg(w, '' order by w) from unnest('{b,a,B}'::text[]) w") == (
            "äéBab"
        )
        assert query(dsn, "show timezone") == "UTC"
        assert query(dsn, "show listen_addresses") == ""


def test_nothing_runs_after_the_block(folder: Path) -> None:
    with running(folder, options=FAST):
        assert len(supervisors(folder)) == 1
        assert servers(folder) == [postmaster(folder)]
    assert not (folder / "cluster" / "postmaster.pid").exists()
    assert_stopped(folder)


def test_works_inside_an_event_loop(folder: Path) -> None:
    async def use() -> str:
        with running(folder, options=FAST) as dsn:
            connection = await asyncpg.connect(dsn)
            try:
                return str(await connection.fetchval("select 'answer'"))
            finally:
                await connection.close()

    assert asyncio.run(use()) == "answer"


def test_killed_user_leaves_no_server_and_loses_no_row(folder: Path) -> None:
    user = start_user(folder)
    keep_row(dsn_of(user))
    user.kill()
    user.communicate()
    assert_stopped(folder)
    with running(folder, options=FAST) as dsn:
        assert kept_row(dsn) == "there"


def test_user_killed_while_starting(folder: Path) -> None:
    for delay in (0.1, 0.3, 0.6, 0.8):
        user = start_user(folder)
        time.sleep(delay)
        user.kill()
        user.communicate()
    with running(folder, options=FAST) as dsn:
        assert query(dsn, "select 1") == 1
    # An initdb whose starter was killed may still be writing. The next start removes its files.
    time.sleep(0.5)
    with running(folder, options=FAST):
        assert not list(folder.glob("new-*"))


def test_crashed_server_is_started_again_at_once(folder: Path) -> None:
    with running(folder, options=FAST) as dsn:
        keep_row(dsn)
        first, server = postmaster(folder), data_folder.locate(folder)
        os.kill(first, signal.SIGKILL)
        while supervisor.is_server(first, server):  # the signal takes a moment
            time.sleep(0.001)
        with running(folder, options=FAST) as again:
            assert again == dsn
            assert kept_row(dsn) == "there"
        assert kept_row(dsn) == "there"
    assert_stopped(folder)


def test_killed_supervisor_takes_its_server_along(folder: Path) -> None:
    with running(folder, options=FAST) as dsn:
        keep_row(dsn)
        first = postmaster(folder)
        os.kill(supervisors(folder)[0], signal.SIGKILL)
        wait_until(lambda: not supervisors(folder))  # the signal takes a moment
        with running(folder, options=FAST) as dsn:
            assert kept_row(dsn) == "there"
            assert postmaster(folder) != first
            assert len(supervisors(folder)) == 1
    assert_stopped(folder)


def test_ended_supervisor_stops_its_server(folder: Path) -> None:
    with running(folder, options=FAST):
        os.kill(supervisors(folder)[0], signal.SIGTERM)
        assert_stopped(folder)


def test_stop_while_recovering_from_a_crash(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_STEPS", ((signal.SIGINT, 1.0), (signal.SIGQUIT, 10.0)))

    async def crash(dsn: str) -> None:
        victim = await asyncpg.connect(dsn)
        os.kill(victim.get_server_pid(), signal.SIGKILL)
        victim.terminate()

    with running(folder, options=FAST) as dsn:
        keep_row(dsn)
        asyncio.run(crash(dsn))
    assert_stopped(folder)
    with running(folder, options=FAST) as dsn:
        assert kept_row(dsn) == "there"


def test_orphan_without_supervisor_is_replaced(folder: Path) -> None:
    with running(folder, options=FAST) as dsn:
        keep_row(dsn)
    assert_stopped(folder)
    server = data_folder.locate(folder)
    command = [str(data_folder.find_binaries() / "postgres"), "-D", str(server.cluster)]
    command += ["-c", "listen_addresses=", "-c", f"unix_socket_directories={server.sockets}"]
    data_folder.make_socket_folder(server)
    orphan = subprocess.Popen(command, stderr=subprocess.DEVNULL, **data_folder.run_as(server))
    wait_until(lambda: supervisor.read_number(folder / "cluster" / "postmaster.pid") == orphan.pid)
    with running(folder, options=FAST) as dsn:
        assert orphan.wait(30) == 0
        assert kept_row(dsn) == "there"


def test_reused_process_id_is_spared_and_does_not_block(folder: Path) -> None:
    with running(folder, options=FAST) as dsn:
        keep_row(dsn)
    assert_stopped(folder)
    server = data_folder.locate(folder)
    stranger = subprocess.Popen(["sleep", "60"], **data_folder.run_as(server))
    data_folder.make_socket_folder(server)
    for file in server.pid_files:
        file.write_text(f"{stranger.pid}\n{server.cluster}\n1700000000\n5432\n{server.sockets}\n\n")
        os.chown(file, server.uid, server.gid)
    with running(folder, options=FAST) as dsn:
        assert kept_row(dsn) == "there"
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_two_users_share_one_server(folder: Path) -> None:
    first, second = start_user(folder), start_user(folder)
    dsn = dsn_of(first)
    assert dsn_of(second) == dsn
    number = postmaster(folder)
    end(first)
    time.sleep(0.5)
    assert postmaster(folder) == number
    assert query(dsn, "select 1") == 1
    end(second)
    assert_stopped(folder)


def test_four_users_at_one_instant_start_one_server(folder: Path) -> None:
    users = [start_user(folder) for _ in range(4)]
    assert len({dsn_of(user) for user in users}) == 1
    assert len(supervisors(folder)) == 1
    assert servers(folder) == [postmaster(folder)]
    for user in users:
        end(user)
    assert_stopped(folder)


def test_users_that_come_and_go_always_find_a_server(folder: Path) -> None:
    loop = USER.replace("with running", "for _ in range(6):\n  with running")
    loop = loop.replace("sys.stdin.read()", "import asyncio, asyncpg; asyncio.run(asyncpg.connect(dsn))")
    users = [subprocess.Popen([sys.executable, "-c", loop, str(folder)], cwd=PROJECT) for _ in range(3)]
    assert [user.wait(60) for user in users] == [0, 0, 0]
    assert_stopped(folder)


def test_log_holds_no_values(folder: Path) -> None:
    with running(folder, options=FAST) as dsn:
        with pytest.raises(asyncpg.DataError):
            query(dsn, "select 'secretname'::int")
        with pytest.raises(asyncpg.UniqueViolationError):
            query(dsn, "create table t (k text primary key)", *["insert into t values ('secretname')"] * 2)

        async def crash() -> None:
            victim = await asyncpg.connect(dsn)
            number = victim.get_server_pid()
            work: Awaitable[Any] = asyncio.ensure_future(victim.execute("select pg_sleep(9), 'secretname'"))
            await asyncio.sleep(0.2)
            os.kill(number, signal.SIGKILL)
            with pytest.raises((asyncpg.PostgresError, OSError)):
                await work

        asyncio.run(crash())
        wait_until(lambda: answers(dsn))
    log = (folder / "server.log").read_text()
    assert "terminated by signal 9" in log
    assert "secretname" not in log


def test_other_major_version_is_named_and_left_alone(folder: Path) -> None:
    (folder / "cluster").mkdir(parents=True)
    (folder / "cluster" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="PostgreSQL 15"), running(folder, options=FAST):
        pass
    assert [path.name for path in folder.parent.rglob("*")] == ["postgres", "cluster", "PG_VERSION"]


def test_wrong_option_is_reported_with_the_log(folder: Path) -> None:
    before = time.monotonic()
    with (
        pytest.raises(EmbeddedError, match="no_such_setting"),
        running(folder, options={"no_such_setting": "1"}),
    ):
        pass
    assert time.monotonic() - before < embedded.START_LIMIT / 2  # the failure is reported at once
    with running(folder, options=FAST) as dsn:
        assert query(dsn, "select 1") == 1


@pytest.mark.parametrize("kind", ["symlink", "open", "foreign"])
def test_socket_folder_of_somebody_else_is_refused(folder: Path, tmp_path: Path, kind: str) -> None:
    place = sockets(folder)
    if kind == "symlink":
        place.symlink_to(tmp_path)
    else:
        place.mkdir()
        place.chmod(0o777 if kind == "open" else 0o700)
    if kind == "foreign" and ROOT:
        os.chown(place, 12345, 12345)
    elif kind == "foreign":
        place.rmdir()
        place.symlink_to("/root")  # an ordinary account cannot give folders away
    try:
        with pytest.raises(EmbeddedError, match="not a private folder"), running(folder, options=FAST):
            pass
    finally:
        place.unlink() if place.is_symlink() else place.rmdir()


@only_root
def test_no_existing_folder_changes_its_mode(folder: Path) -> None:
    folder.parents[1].mkdir()
    folder.parents[1].chmod(0o751)
    wheel = data_folder.find_binaries()
    watched = [*folder.parents[1:], wheel, *wheel.parents]
    before = [path.stat().st_mode for path in watched], [path.stat().st_uid for path in watched]
    with running(folder, options=FAST) as dsn:
        assert query(dsn, "select 1") == 1
        assert stat.S_IMODE((folder / "cluster").stat().st_mode) == 0o700
        assert stat.S_IMODE(sockets(folder).stat().st_mode) == 0o700
    assert before == ([path.stat().st_mode for path in watched], [path.stat().st_uid for path in watched])


@only_root
def test_private_project_keeps_its_rows_elsewhere(folder: Path) -> None:
    project = folder.parents[1]
    project.mkdir()
    assert choose_folder(project / ".ikk") == folder
    project.chmod(0o700)
    name = hashlib.sha256(bytes(project / ".ikk")).hexdigest()[:12]
    assert choose_folder(project / ".ikk") == Path(f"/var/lib/ikk/{name}/postgres")
    with pytest.raises(EmbeddedError, match=f"cannot enter {project}"), running(folder, options=FAST):
        pass
    assert not list(project.iterdir())
    (folder / "cluster").mkdir(parents=True)
    assert choose_folder(project / ".ikk") == folder
