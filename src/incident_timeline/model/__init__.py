"""The frames and frozen values that pass between stages; the only thing stages share."""
