"""The sandbox, asked in the words of these tests."""

import json

from braze_qt.sandbox import Sandbox
from tests.support.sessions import Event


class Witness:
    """What has arrived at the endpoint, and what shall go wrong there."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.url = sandbox.url

    def events(self) -> list[Event]:
        """Every event once, in the order of arrival."""
        return [record["event"] for record in self._sandbox.api("events")["events"]]

    def bodies(self) -> list[str]:
        """The body of every request, also of those that were not taken."""
        return [request["body"] for request in self._sandbox.api("requests")["requests"]]

    def deliveries(self) -> list[Event]:
        """Every event as often as it was sent."""
        return [event for body in self.bodies() for event in json.loads(body).get("events", [])]

    def hang(self, *, store: bool = False) -> None:
        """From now on there is no answer; ``store`` if what comes is taken all the same."""
        self._sandbox.api("faults", "PUT", {"fault": "hang", "store": store})

    def cut(self, *, store: bool = False) -> None:
        """From now on connections are cut instead of an answer."""
        self._sandbox.api("faults", "PUT", {"fault": "cut", "store": store})

    def heal(self) -> None:
        """Everything works again; what hangs is let go."""
        self._sandbox.api("faults", "DELETE")
