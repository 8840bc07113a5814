"""What outlives the process: journals, the database they are merged into, recovery of damaged files."""
