"""Walls around a process that runs other people's queries: no network, so much memory, an end with its parent.

What a system cannot do is left out; ``confine`` tells what holds. The queries are checked before (``kg.query.guard``): these walls are for what that
check may have overlooked.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
from contextlib import suppress

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_DEATH_SIGNAL, _SECCOMP, _NO_NEW_PRIVILEGES = 1, 22, 38
_FILTER = 2
# Per machine: how the kernel calls it (linux/audit.h), and the numbers of the system calls socket and execve.
_MACHINES = {"x86_64": (0xC000003E, 41, 59), "aarch64": (0xC00000B7, 198, 221)}
_IO_URING_SETUP = 425
_OTHER_ABI = 0x40000000
"""System calls from here on are those of x32, by other numbers."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 13
"""Let the call through; let it fail with EACCES."""


def confine(*, memory: int) -> list[str]:
    """Give up, for good, the network, other programs and all memory beyond ``memory`` MB; tells which walls stand.

    The process has one thread yet and outlives its parent by no more than a moment.
    """
    walls = []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
        walls.append("memory")
    system = ctypes.CDLL(None, use_errno=True)
    if not hasattr(system, "prctl") or not hasattr(system, "unshare"):
        return walls
    system.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    walls.append("end with parent")
    if system.unshare(_NEW_NETWORK) == 0:
        walls.append("network of its own")
    if _forbid_sockets(system):
        walls.append("no sockets")
    elif "network of its own" not in walls and system.unshare(_NEW_USER | _NEW_NETWORK) == 0:
        walls.append("network of its own")
    return walls


def limit_time(seconds: float) -> None:
    """Let the system end this process when it has computed for so long from now on, for the case that its parent does not."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, resource.RLIM_INFINITY))


def _forbid_sockets(system: ctypes.CDLL) -> bool:
    """Let the kernel refuse new sockets and programs (seccomp); whether it does. Takes no privileges."""
    if (machine := _MACHINES.get(platform.machine())) is None or os.name != "posix":
        return False
    kernel, socket, execute = machine
    program = [
        (_LOAD, 0, 0, 4), (_EQUAL, 0, 5, kernel),  # another machine's calls are denied
        (_LOAD, 0, 0, 0), (_AT_LEAST, 3, 0, _OTHER_ABI), (_EQUAL, 2, 0, socket), (_EQUAL, 1, 0, execute), (_EQUAL, 0, 1, _IO_URING_SETUP),
        (_RETURN, 0, 0, _DENY),
        (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    steps = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(steps))
    if system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(system.prctl(_SECCOMP, _FILTER, ctypes.c_char_p(head), 0, 0) == 0)
