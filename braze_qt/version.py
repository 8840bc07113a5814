"""The version, as one constant: a frozen application has no package metadata to ask."""

__version__ = "0.1.0"
