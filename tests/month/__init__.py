"""A month of invented days: a hospital falls silent, a ward sends badly, a Monday is missing, a fault is mended."""
