"""Qt's own examples, used as a person uses them, with and without the SDK."""
