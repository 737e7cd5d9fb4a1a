"""Claims with their evidence, and charts, from what was scored."""
