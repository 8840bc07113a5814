"""What ``python -m braze_qt`` can do: for people at a terminal, without Qt and without an application."""
