"""A private desktop for tests, and a host on it."""
