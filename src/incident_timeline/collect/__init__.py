"""Collectors: each turns one source's answers into event and series frames, and says what it could not get."""
