"""Linkage measured alone, on files: makers of data, a judge, Splink beside ours, and what they cost in time and memory."""
