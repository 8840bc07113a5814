"""Sends what waits: queue, policy, request, transport."""
