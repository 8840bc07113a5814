"""Hosts forked from a process that has imported everything: one begins in a tenth of the processor time.

``forked_host.py FD`` reads orders from a Unix socket. An order is a JSON object (``what`` of ``host.py``,
and the ``environment``) with the descriptors of the standard streams and of a pipe, to which it writes two
numbers, a line each: the id of the host's process, and its exit code as ``subprocess`` has it. There is no
thread and no Qt object when it forks, and the host leaves through the interpreter's own end like any other
program.
"""

import json
import os
import signal
import socket
import sys
from typing import Any

import host

import braze_qt._upload.connection
from braze_qt import BrazeQt

IMPORTED = (BrazeQt, braze_qt._upload.connection)
"""What a host or its upload thread would import late."""

STREAMS = 3
LARGEST = 200_000
"""Bytes of an order."""


def is_host(order: dict[str, Any], streams: list[int], told: int) -> bool:
    """Fork twice: into the host, where the answer is True, and into its parent, which tells how it ends."""
    if os.fork():
        return False
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
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


def wait_for_order(orders: socket.socket) -> dict[str, Any]:
    """What a host is to be. Returns in the host alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the parents of hosts
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, LARGEST, STREAMS + 1)
        if not message:
            os._exit(0)
        order = json.loads(message)
        *streams, told = descriptors
        if is_host(order, streams, told):
            orders.close()
            what: dict[str, Any] = order["what"]
            return what
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == "__main__":
    sys.argv[1:] = [json.dumps(wait_for_order(socket.socket(fileno=int(sys.argv[1]))))]
    sys.exit(host.main())
