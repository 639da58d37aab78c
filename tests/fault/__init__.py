"""Faults at every step and every write of a build, and what is left when it is run again."""
