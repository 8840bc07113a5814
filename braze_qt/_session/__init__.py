"""The session state machine and what it knows. Pure: no network, no disk, no clock."""
