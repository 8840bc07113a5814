"""What tracking costs its host: ``python -m benchmarks`` measures and prints, and asserts nothing.

Absolute times say as much of the machine as of the package. So every time stands beside what a bare
SQLite insert and a bare ``SimpleQueue.put`` cost in the same process at the same time, interleaved
call by call: what is slow in all three columns is the machine.
"""
