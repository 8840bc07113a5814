"""Programs forked from a process that has imported them: one begins in a tenth of the processor time.

``fork_server.py FD MODULE ...`` imports the modules and reads orders from a Unix socket. An order is a JSON
object (``program``, the path of a file; its ``arguments``; its ``environment``) with the descriptors of the
standard streams and of a pipe, to which two numbers are written, a line each: the id of the program's
process, and its exit code as ``subprocess`` has it. There is no thread and no Qt object when it is forked,
and it leaves through the interpreter's own end like any other.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from typing import Any

STREAMS = 3
PR_SET_PDEATHSIG = 1
LARGEST = 200_000
"""Bytes of an order."""


def is_program(order: dict[str, Any], streams: list[int], told: int) -> bool:
    """Fork twice: into the program, where the answer is True, and its parent, which tells the end."""
    if os.fork():
        return False
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # its end is told to nobody any more
    pid = os.fork()
    if pid:
        for descriptor in streams:
            os.close(descriptor)
        os.write(told, b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.close(told)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(order["environment"])
    return True


def wait_for_order(orders: socket.socket) -> list[str]:
    """A program and its arguments. Returns in the program alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the parents of programs
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, LARGEST, STREAMS + 1)
        if not message:
            os._exit(0)
        order = json.loads(message)
        *streams, told = descriptors
        if is_program(order, streams, told):
            orders.close()
            return [order["program"], *order["arguments"]]
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == "__main__":
    for module in sys.argv[2:]:
        importlib.import_module(module)
    gc.freeze()  # else each collection in a program looks at all of it, and so copies it
    sys.argv[:] = wait_for_order(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_path(sys.argv[0], run_name="__main__")
