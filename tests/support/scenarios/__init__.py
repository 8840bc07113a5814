"""Unusual applications, a function for each, and what of the process is theirs and must not be changed."""
