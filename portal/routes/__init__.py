"""The pages, one module a part of the portal; each has a `router`, and is found by being here."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """The router of each module, in the order of their names."""
    names = sorted(found.name for found in iter_modules(__path__))
    return [import_module(f"{__name__}.{name}").router for name in names]
