"""Merges what the sources gave into one event frame in one order, and reads entities out of text."""
