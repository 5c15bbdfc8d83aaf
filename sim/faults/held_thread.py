"""One thread of a process of ours is held still while its others run: an event loop that hangs, brought from outside.

Linux's ptrace; see ptrace(2). A debugger on that process would be in the way.
"""

import ctypes
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from sim.errors import NotPermittedError, SimError

# Of <sys/ptrace.h> and <sys/wait.h>.
_CONT, _DETACH, _SEIZE, _INTERRUPT = 7, 17, 0x4206, 0x4207
_ANY_THREAD = 0x40000000
# epoll_wait of x86-64; epoll_pwait of x86-64 and of 64-bit ARM; epoll_pwait2.
_WAITING_IN = {"232", "281", "22", "441"}
_FOUND_WAITING_WITHIN_S = 2.0
_LOOK_AGAIN_S = 0.003


@dataclass(slots=True)
class HeldThread:
    """The first thread of a process that this one has started, which is where its event loop runs.

    To be called from one thread, as the kernel asks for.
    """

    process_id: int
    held: bool = False

    def hold(self) -> None:
        """Hold it while its loop waits for something, so that it has none of the interpreter's locks.

        Raises `NotPermittedError` where the system forbids it, `SimError` when the loop never waits.
        """
        if _ptrace(_SEIZE, self.process_id) != 0:
            raise NotPermittedError("this machine does not let a thread be held (ptrace)")
        deadline_s = time.monotonic() + _FOUND_WAITING_WITHIN_S
        while True:
            _ptrace(_INTERRUPT, self.process_id)
            _, status = os.waitpid(self.process_id, _ANY_THREAD)
            if not os.WIFSTOPPED(status):
                raise SimError(f"process {self.process_id} ended while its event loop was to be held")
            if _system_call(self.process_id) in _WAITING_IN:
                self.held = True
                return
            if time.monotonic() > deadline_s:
                _ptrace(_DETACH, self.process_id)  # now that it stands still: from one that runs it is refused
                raise SimError(f"the event loop of process {self.process_id} was never found waiting")
            told = os.WSTOPSIG(status)
            _ptrace(_CONT, self.process_id, 0 if told == signal.SIGTRAP else told)
            time.sleep(_LOOK_AGAIN_S)

    def let_go(self) -> None:
        """Let it go on. May be called twice."""
        if self.held:
            self.held = False
            _ptrace(_DETACH, self.process_id)


def _system_call(process_id: int) -> str:
    return Path(f"/proc/{process_id}/syscall").read_text(encoding="ascii").split()[0]


def _ptrace(request: int, process_id: int, data: int = 0) -> int:
    call = ctypes.CDLL(None).ptrace
    call.argtypes, call.restype = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p], ctypes.c_long
    done: int = call(request, process_id, None, data)
    return done
