"""Braze's wire format: events to request, reply to answer. Pure: no network, no disk, no clock."""
