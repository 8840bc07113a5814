"""Campaigns that try to break what is promised: ``make soak`` runs them all, for a quarter of an hour.

A campaign is a module here with a function ``run(seed: int, seconds: float) -> Iterable[str]``:

- ``seed`` decides all chance, so that a run which failed can be had again;
- ``seconds`` is the time that it should take. It goes on to vary what it does until they are over; one
  that has a fixed end may end sooner, and what it leaves is given to the campaigns that follow;
- it yields lines: what it did, with its figures;
- a promise that was broken is an ``AssertionError`` whose message says which one and how (``SystemExit``
  counts as failed too).

Each runs in a process of its own, without a display unless ``QT_QPA_PLATFORM`` says otherwise. The short
form of each is a test beside it.
"""
