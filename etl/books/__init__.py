"""Survivorship: records, links and register in, books out; a pure function of the three."""
