"""Campaigns that try to break what is promised: ``make soak`` runs them for a quarter of an hour."""
