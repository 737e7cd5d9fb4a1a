"""Reconstructs an incident from what the systems recorded and measures where the time went."""

__version__ = "0.1.0"
