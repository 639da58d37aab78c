"""Linkage: keys, candidates, comparison, weights, decision; every record to its person, to a reviewer, or said to be new."""
