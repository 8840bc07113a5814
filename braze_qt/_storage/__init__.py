"""What outlives the process: files, locks between processes, recovery of damaged files."""
