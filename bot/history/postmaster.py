"""One PostgreSQL server over one cluster: made, started, asked, ended."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import psycopg
from sqlalchemy import URL

from bot.errors import StoreError
from bot.history.places import Place

PORT = 5432  # only names the socket file: nothing listens on the network
SUPERUSER = "postgres"
LAUNCH_AS = Path(__file__).with_name("launch_as.py")
LOG_BYTES = 1_000_000  # a longer log is put aside at the next start
STOP_SECONDS = 30  # a fast shutdown writes a checkpoint; after that the server is ended without one
KEPT_VARIABLES = ("PATH", "TMPDIR", "LD_LIBRARY_PATH")  # no secret of ours is the server's business

DEFAULT_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # parallel queries want more /dev/shm than a container has
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def url_of(sockets: Path) -> URL:
    """Return the address of the server whose socket is in a folder."""
    return URL.create(
        "postgresql+psycopg",
        username=SUPERUSER,
        database="postgres",
        query={"host": str(sockets), "port": str(PORT)},
    )


def answers(url: URL) -> bool:
    """Say whether a connection can be made right now."""
    try:
        psycopg.connect(
            host=str(url.query["host"]), port=PORT, user=SUPERUSER, dbname="postgres", connect_timeout=5
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def sockets_in_use(cluster: Path) -> Path | None:
    """Return the socket folder that a server over this cluster wrote down, whether or not it still runs."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Path(lines[4]) if len(lines) > 4 and lines[4] else None  # noqa: PLR2004 - miscadmin.h: line 5


def initialise(place: Place, options: tuple[str, ...] = ()) -> None:
    """Make the cluster, under another name until it is complete.

    Raises:
        StoreError: with what initdb said.
    """
    fresh = place.home / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(fresh, place.uid, place.gid)
    initdb = [str(place.binaries / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
    with _opened_log(place) as log:
        code = _launch(place, [*initdb, "--locale=C.UTF-8", *options], log.fileno()).wait()
    if code != 0:
        raise StoreError(f"PostgreSQL could not make a database in {place.home}: {last_words(place.log)}")
    fresh.rename(place.cluster)


def check_version(place: Place) -> None:
    """Refuse a cluster that another major version of PostgreSQL made."""
    made_by = (place.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    answer = subprocess.run(  # noqa: S603 - our own binary
        [place.binaries / "postgres", "--version"], capture_output=True, text=True, check=False, env=_environment()
    ).stdout
    version = answer.split()[2] if len(answer.split()) > 2 else answer  # noqa: PLR2004 - "postgres (PostgreSQL) 18.4"
    if version.split(".")[0] != made_by:
        raise StoreError(
            f"The database in {place.cluster} was made by PostgreSQL {made_by}, but {place.binaries} holds "
            f"PostgreSQL {version}: set POSTGRES_BIN to binaries of version {made_by}, or DATA_DIR to a new folder."
        )


def start(place: Place, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the server; the calling thread must live as long as the server is wanted."""
    wanted = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(place.sockets),
        "unix_socket_permissions": "0700",
        **DEFAULT_SETTINGS,
        **settings,
    }
    options = [word for name, value in wanted.items() for word in ("-c", f"{name}={value}")]
    with _opened_log(place) as log:
        return _launch(place, [str(place.binaries / "postgres"), "-D", str(place.cluster), *options], log.fileno())


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server: first with a checkpoint, then without, then by force."""
    for sign, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        process.send_signal(sign)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def end_leftovers(place: Place, deadline: float) -> None:
    """Make sure that nothing runs over this cluster, and remove lock files that name some other process.

    Whoever holds the owner's lock is the only one who may start a server, so one that runs has outlived its owner.
    The lock files stay while anything of the cluster lives: PostgreSQL's own check of them guards its files.
    """
    while alive := _living(place.cluster):
        if time.monotonic() > deadline:
            raise StoreError(f"An earlier PostgreSQL over {place.cluster} does not end: end process {alive[0]}.")
        for pid in alive:
            if pid == _postmaster_pid(place.cluster):
                os.kill(pid, signal.SIGINT)
        time.sleep(0.02)
    for lock in (place.cluster / "postmaster.pid", place.sockets / f".s.PGSQL.{PORT}.lock"):
        lock.unlink(missing_ok=True)


def last_words(log: Path) -> str:
    """Return the end of the server's log, for a message to a person."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return "it wrote nothing"
    return " | ".join(line.strip() for line in lines[-5:]) or "it wrote nothing"


def _launch(place: Place, command: list[str], output: int) -> subprocess.Popen[bytes]:
    prefix = (sys.executable, "-I", "-S", LAUNCH_AS, os.getpid(), place.uid, place.gid)
    return subprocess.Popen(  # noqa: S603 - our own binaries, no shell
        [*(str(word) for word in prefix), *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=_environment(),
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _living(cluster: Path) -> list[int]:
    """Return the processes that work in the cluster's folder: PostgreSQL's own, as they all change to it."""
    wanted = os.path.realpath(cluster)
    if not Path("/proc/self").exists():
        return _living_by_ps(cluster)
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (entry / "cwd").readlink() == Path(wanted):
                found.append(int(entry.name))
        except OSError:
            continue  # ended meanwhile, a zombie, or another user's
    return found


def _living_by_ps(cluster: Path) -> list[int]:
    """Do the same where there is no /proc, from the pid that the cluster names."""
    pid = _postmaster_pid(cluster)
    if pid is None:
        return []
    shown = subprocess.run(  # noqa: S603 - fixed program
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return [pid] if f"-D {cluster}" in shown else []


def _postmaster_pid(cluster: Path) -> int | None:
    try:
        first = (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def _opened_log(place: Place) -> BinaryIO:
    """Open the server's log at its end, as a file of the server's user; one that grew long is put aside first."""
    if place.log.exists() and place.log.stat().st_size > LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
    log = place.log.open("ab")
    if os.geteuid() == 0:
        os.fchown(log.fileno(), place.uid, place.gid)
    return log
