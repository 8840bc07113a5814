"""A host that logs as ordered, is killed or short of space, and what of it arrived."""
