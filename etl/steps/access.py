"""Who may see what: granting, taking back, listing. Reading in a role is `warehouse.access.acting_as`."""

from typing import Any

from etl.settings import Settings
from etl.steps.database import warehouse
from etl.warehouse import access
from etl.warehouse.access import Scope


def grant_access(settings: Settings, user: str, role: str, scope: Scope, actor: str) -> dict[str, Any]:
    """Let an account act in a role over a scope; says how much of it is new."""
    with warehouse(settings) as connection:
        added = access.grant(connection, user, role, scope, actor)
    return {"user": user, "role": role, "scope": scope.parts, "added": added}


def revoke_access(settings: Settings, user: str, role: str, actor: str) -> dict[str, Any]:
    """Take a role from an account, with every scope; says how many parts were open."""
    with warehouse(settings) as connection:
        closed = access.revoke(connection, user, role, actor)
    return {"user": user, "role": role, "revoked": closed}


def list_access(settings: Settings) -> list[dict[str, object]]:
    """Who may act in which role over what."""
    with warehouse(settings) as connection:
        return access.list_permissions(connection)
