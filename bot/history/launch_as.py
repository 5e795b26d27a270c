"""Become an unprivileged user, ask to be interrupted when the parent dies, then become the given program.

A script, run by the embedded server's launcher with `python -I -S`: a fork in a program with threads may not run Python
code of its own, and the order matters, because changing the user forgets the wish to be told of the parent's death.

Usage: launch_as.py PARENT_PID UID GID PROGRAM [ARGUMENT…]
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
GONE = 75  # <sysexits.h> EX_TEMPFAIL: the parent died before it could be watched


def _drop_privileges(uid: int, gid: int) -> None:
    if os.geteuid() != 0:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _follow_parent(parent_pid: int) -> None:
    if not sys.platform.startswith("linux"):
        return  # no such wish elsewhere; the next owner ends what is left
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent_pid:
        sys.exit(GONE)


def main() -> None:
    """Replace this interpreter by the program of the command line."""
    parent_pid, uid, gid = (int(word) for word in sys.argv[1:4])
    command = sys.argv[4:]
    os.chdir("/")  # the launcher's folder may be closed to the server's user
    os.umask(0o077)
    _drop_privileges(uid, gid)
    _follow_parent(parent_pid)
    os.execv(command[0], command)  # noqa: S606 - the launcher gives the program's full path


if __name__ == "__main__":
    main()
