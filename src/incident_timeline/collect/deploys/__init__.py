"""Deploys and changes: one module a kind, one model."""
