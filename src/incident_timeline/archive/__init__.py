"""Keeps what was scored of every incident in Delta Lake tables, on a folder or an object store."""
