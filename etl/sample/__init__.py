"""An invented city: a register, the files that its senders send, and the truth beside them."""

from etl.sample.city import CitySummary, write_city

__all__ = ["CitySummary", "write_city"]
