"""Appends inputs and events to the journal of this process, and merges journals into the database."""
