"""Milestones, gaps and ledgers: pure functions from frames and given values to frozen values."""
