"""Compares gaps across incidents: pure functions from archived frames to values that say how sure they are."""
