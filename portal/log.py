"""The portal's own log: methods, faults and times; never an address with a query, a name or a value."""

import logging

log = logging.getLogger("portal")
