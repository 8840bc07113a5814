"""Any calls of any users with anything in them, through failures and restarts: what arrives is what was told.

``Model`` keeps what a person would say has happened: who somebody is, as it was told, and which events
there were, in which session, of whom. ``Receiver`` keeps what arrives, and recognises what comes twice.
In the end the two have to agree.
"""

import copy
import logging
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from PySide6.QtCore import QObject

from braze_qt import BrazeQt
from braze_qt._qt.upload_thread import UploadThread
from braze_qt._qt.user import BrazeUser
from braze_qt._session.state import Input
from braze_qt._upload.request import AppInfo
from tests.support.calls_model import REPLIES, Killed, Model, Person, Receiver, exact
from tests.support.clocks import SetClock
from tests.support.merging import MergingRecorder

USERS = ("ada", "bob", "cyd")

# -- what goes in ----------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"$'), min_size=1, max_size=8
).filter(lambda name: name not in ("time", "event_name"))
zones = st.sampled_from([timezone.utc, timezone(timedelta(hours=-5)), None])
moments = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=zones)
leaves = st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts | moments
leaves |= st.floats(allow_nan=False, allow_infinity=False)
trees = st.recursive(
    leaves | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)
objects = st.dictionaries(names, trees, max_size=2)
attribute_values = leaves | objects | st.lists(objects, max_size=3) | st.lists(texts, max_size=3)
any_text = st.text(st.characters(), max_size=4) | st.integers(254, 257).map("x".__mul__)
any_leaf = st.none() | st.booleans() | st.integers() | st.floats() | any_text
any_leaf |= st.datetimes() | st.binary(max_size=3) | st.decimals()
anything = st.recursive(
    any_leaf,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.tuples(inner)
        | st.dictionaries(any_text | st.integers() | st.none(), inner, max_size=2)
    ),
    max_leaves=3,
)
keys = st.sampled_from(["k1", "k2"])
degrees = st.floats(-90, 90)
amounts = st.integers(-(10**9), 10**9) | st.decimals(-(10**9), 10**9, places=4)
prices = amounts | amounts.map(str) | st.floats(-1e6, 1e6)
subscriptions = st.sampled_from(["opted_in", "subscribed", "unsubscribed"])


@dataclass(frozen=True)
class Call:
    """``fine``: it has to be taken. Another may be refused, and then leaves no trace."""

    name: str
    args: tuple[Any, ...]
    fine: bool = True


def call(name: str, *args: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    """The call with what it should be given, or with anything at all in one place."""
    spoilt = [st.tuples(*args[:place], anything, *args[place + 1 :]) for place in range(len(args))]
    return st.builds(Call, st.just(name), st.tuples(*args)) | st.builds(
        Call, st.just(name), st.one_of(spoilt), st.just(False)
    )


reports = [
    *[call("logCustomEvent", names, st.none() | objects)] * 4,
    call("logPurchase", names, st.sampled_from(["EUR", "usd"]), prices, st.integers(1, 100), objects),
    *[call("setCustomAttribute", keys | names, attribute_values)] * 3,
    *[call("setFirstName", st.sampled_from(["A", "B", None]))] * 3,
    call("setCustomAttribute", keys, objects, st.just(True)),
    call("unsetCustomAttribute", keys),
    call("incrementCustomAttribute", keys, st.integers(-100, 100)),
    call("addToCustomAttributeArray", keys, texts | keys),
    call("removeFromCustomAttributeArray", keys, texts | keys),
    call("setLocationCustomAttribute", keys, degrees, degrees),
    call("unsetLocationCustomAttribute", keys),
    call("setLastKnownLocation", degrees, degrees, st.none() | st.floats(0, 100)),
    call("addToSubscriptionGroup", keys),
    call("removeFromSubscriptionGroup", keys),
    call("addAlias", names, keys),
    call("setDateOfBirth", st.integers(1900, 2020), st.integers(1, 12), st.integers(1, 28)),
    call("setLastName", st.none() | texts),
    call("setCountry", st.none() | texts),
    call("setLanguage", st.none() | texts),
    call("setHomeCity", st.none() | texts),
    call("setEmail", st.sampled_from(["a@b.c", "ü@b.example", None])),
    call("setGender", st.sampled_from([*"mfonpu", None])),
    call("setPhoneNumber", st.sampled_from(["+49 (30) 12-34", "1", None])),
    call("setEmailNotificationSubscriptionType", subscriptions),
    call("setPushNotificationSubscriptionType", subscriptions),
]
calls = st.integers(0, len(reports) - 1).flatmap(lambda number: reports[number])
users = st.sampled_from(USERS)
changes = st.lists(users, max_size=1)

# -- what stands between ---------------------------------------------------------------------------


class Direct:
    """What the calls ask of the Qt side, without a thread, a timer or a signal."""

    def __init__(self, recorder: MergingRecorder) -> None:
        self.log, self.set_attribute, self.apply = recorder.log, recorder.set_attribute, recorder.apply
        self.upload_thread = self

    def resume(self) -> None: ...

    def published(self) -> bool:
        return True


class Process:
    """One run of the application: the only place that makes parts of the SDK."""

    changeUser = BrazeQt.changeUser
    logCustomEvent = BrazeQt.logCustomEvent
    logPurchase = BrazeQt.logPurchase

    def __init__(self, folder: Path, clock: SetClock, receiver: Receiver) -> None:
        self._tracker = MergingRecorder(folder, clock, timeout=10**6, enabled=True)
        self._scheduler: Any = Direct(self._tracker)
        self._user = BrazeUser(self._scheduler, self._tracker, QObject())
        self._receiver: Any = receiver

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        return getattr(self if hasattr(Process, name) else self._user, name)(*args)

    def feed(self, given: Input) -> None:
        assert self._tracker.apply(given)

    def wipe(self) -> None:
        assert self._tracker.wipe()

    def send(self) -> None:
        """What a flush does, on this thread: until nothing may be sent or something went wrong."""
        upload_thread = UploadThread(self._tracker, self._receiver, AppInfo("KEY", "1.0", frozenset(), 10.0))
        upload_thread.finish(0)
        upload_thread.send_now()
        upload_thread.run()
        while upload_thread._due_now:
            upload_thread.run()

    @property
    def pending(self) -> int:
        return self._tracker.pending

    def quit(self) -> None:
        self._tracker.quit()
        self.kill()

    def kill(self) -> None:
        self._tracker.close()


class Log(logging.Handler):
    """What is logged for somebody to see."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


# -- the comparison --------------------------------------------------------------------------------


class Comparison(RuleBasedStateMachine):
    """One application, from its first run on."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = SetClock()
        self.model = Model()
        self.receiver = Receiver(self.model)
        self.log = Log()
        logging.getLogger("braze_qt").addHandler(self.log)
        self.begin()

    def begin(self) -> None:
        self.clock.move(0.25)
        self.process = Process(self.folder / "data", self.clock, self.receiver)

    @rule(made=st.lists(calls, min_size=1, max_size=4), then=changes, pause=st.sampled_from([0.0, 0.0, 1.5]))
    def make(self, made: list[Call], then: list[str], pause: float) -> None:
        self.clock.move(pause)
        for one in made:
            self.make_one(one)
        for user in then:
            self.make_one(Call("changeUser", (user,)))

    def make_one(self, made: Call) -> None:
        before, self.log.records = self.process.pending, []
        given = copy.deepcopy(made.args)
        answer = self.process.call(made.name, given)
        for one in given:
            if isinstance(one, (dict, list)):
                one.clear()  # it was copied
        if answer is True:
            self.model.take(made.name, made.args)
            assert self.log.records == []
            return
        assert answer is False
        assert self.process.pending == before
        assert not (made.fine and self.model.known.enabled)
        assert len(self.log.records) == 1 or not self.model.known.enabled

    @rule(user=users, signature=st.sampled_from(["S1", "S2"]))
    def sign(self, user: str, signature: str) -> None:
        assert self.process.call("changeUser", (user, signature))
        self.model.sign(user, signature)

    @rule(front=st.sampled_from([True, True, False]))
    def show(self, *, front: bool) -> None:
        given = Input.ENTER_FOREGROUND if front else Input.LEAVE_FOREGROUND
        self.process.feed(given)
        self.model.feed(given)

    @rule(enabled=st.sampled_from([True, True, False]))
    def consent(self, *, enabled: bool) -> None:
        given = Input.ENABLE if enabled else Input.DISABLE
        self.process.feed(given)
        self.model.feed(given)

    @rule(again=st.sampled_from([True, True, False]))
    def wipe(self, *, again: bool) -> None:
        self.process.wipe()
        self.model.wipe()
        self.receiver.forget()
        if again:
            self.consent(enabled=True)

    @rule(killed=st.booleans())
    def restart(self, *, killed: bool) -> None:
        if killed:
            self.process.kill()
        else:
            self.process.quit()
            self.model.feed(Input.QUIT)
        self.model.begin()
        self.begin()

    @rule(
        plan=st.lists(st.sampled_from(list(REPLIES)), max_size=3),
        meanwhile=st.lists(calls, max_size=3),
        then=changes,
        wiped=st.sampled_from([False] * 9 + [True]),
    )
    def send(self, plan: list[str], meanwhile: list[Call], then: list[str], *, wiped: bool) -> None:
        def happens() -> None:
            self.receiver.meanwhile = lambda: None
            self.make(meanwhile, then, 0.0)
            if wiped:
                self.wipe(again=True)

        self.receiver.plan, self.receiver.meanwhile = list(plan), happens
        self.attempt()
        self.receiver.plan, self.receiver.meanwhile = [], lambda: None

    def attempt(self) -> None:
        self.clock.move(400.0)
        try:
            self.process.send()
        except Killed:
            self.restart(killed=True)

    @invariant()
    def nothing_went_wrong_inside(self) -> None:
        assert [record.getMessage() for record in self.log.records if record.exc_info] == []

    @rule()
    def agree(self) -> None:
        self.consent(enabled=True)
        for _ in range(4):
            self.attempt()
        model, receiver = self.model, self.receiver
        free = {None, *(model.signatures or USERS)}  # to be sent: not of users who do not sign
        told = [said for said in model.said if said.user in free]
        arrived = [said for said in receiver.said.values() if said.user in free]
        if model.ever_signed:  # who could not sign has waited, and keeps no other order than his own
            told.sort(key=lambda said: said.user or "")
            arrived.sort(key=lambda said: said.user or "")
        ids = {said.session: there.session for said, there in zip(told, arrived, strict=False)}
        assert [replace(said, session=ids.get(said.session)) for said in told] == arrived
        assert len(set(ids.values())) == len(ids)
        for user in free:
            assert profile(model.people[user], user) == profile(receiver.people[user], user)
        # What was on its way under no name when nobody became somebody came twice, which does no harm.
        assert model.people[None].attributes.keys() <= receiver.people[None].attributes.keys()

    def teardown(self) -> None:
        try:
            self.agree()
        finally:
            self.process.kill()
            logging.getLogger("braze_qt").removeHandler(self.log)
            shutil.rmtree(self.folder)


def profile(person: Person, user: str | None) -> str:
    return exact(vars(person) if user else {**vars(person), "attributes": {}})


TestCalls = pytest.mark.timeout(3_600)(Comparison.TestCase)  # shrinking takes a while
TestCalls.settings = settings(stateful_step_count=30)
