"""A small shop with real servers around it, and the people of an incident played from a scenario file."""
