"""Accounts: engineers make, close and entitle them; auditors look on; everybody changes his own password.

Lists are read by a step, for the tables of accounts are closed to every role: they hold what proves who somebody is.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from limits import RateLimitItemPerMinute

from etl import steps
from etl.contracts import reference
from etl.contracts.access import ROLE, SCOPE_KINDS
from portal.guard import cookie_name
from portal.language import translatable
from portal.pages import go, render, say
from portal.visitor import Anyone, Engineer, NotThere, Refused, Visitor, acting_as
from portal.wording import ROLES

router = APIRouter()
Onlooker = Annotated[Visitor, Depends(acting_as("engineer", "auditor"))]
Name = Annotated[str, Form(max_length=41)]
CHANGES = RateLimitItemPerMinute(30)
OWN_PASSWORDS = RateLimitItemPerMinute(5)
WRONG_OLD = translatable("The old password is wrong, or the account is locked for a quarter of an hour.")
NOT_SAME = translatable("The two new passwords are not the same.")
TOO_SHORT = translatable("The new password is too short: it needs 12 characters or more, at most 200.")


@router.get("/accounts")
def list_accounts(request: Request, visitor: Onlooker) -> Response:
    """All accounts, with what each may do."""
    return _page(request, visitor)


@router.post("/accounts")
def create(
    request: Request, visitor: Engineer, user_name: Name, title: Annotated[str, Form(max_length=100)],
    language: Annotated[str, Form(max_length=2)] = "vi", subject: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=20)] = "", scope_kind: Annotated[str, Form(max_length=10)] = "",
    code: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Make an account, with a first role where one is chosen; its password is on the answer, and nowhere afterwards."""
    request.app.state.limiter.take(CHANGES, "accounts", visitor.user_name)
    if not title.strip():
        raise Refused("Say what the account is for: a post, not a person.", 422)
    made = steps.create_account(
        visitor.settings, user_name.strip(), title, visitor.user_name, language=language,
        roles=((role, _scope(role, scope_kind, code)),) if role else (), subject=subject.strip() or None,
    )  # fmt: skip
    return _page(request, visitor, made=made)


def _page(request: Request, visitor: Visitor, made: dict[str, Any] | None = None) -> Response:
    listed = steps.list_accounts(visitor.settings)
    return render(
        request, "accounts.html", accounts=listed, made=made, roles=_roles(), may_change=visitor.has("engineer"), words=ROLES,
        kinds=KINDS,
    )  # fmt: skip


KINDS = {
    "city": ("Toàn thành phố", "The whole city"),
    "ward": ("Phường, xã", "Ward"),
    "facility": ("Cơ sở khám chữa bệnh", "Facility"),
    "sender": ("Đơn vị gửi", "Sender"),
}


def _roles() -> dict[str, tuple[str, ...]]:
    """Each role with the kinds that its scope may be made of."""
    return {name: SCOPE_KINDS[role.reach] for name, role in ROLE.items()}


def _scope(role: str, kind: str, codes: str) -> steps.Scope:
    if role not in ROLE:
        raise Refused("There is no such role.", 422)
    if kind not in SCOPE_KINDS[ROLE[role].reach]:
        raise Refused("This scope does not fit the role. Choose another.", 422)
    if kind == "city":
        return steps.Scope(is_city=True)
    named = tuple(dict.fromkeys(codes.replace(",", " ").split()))
    if not named or not set(named) <= _codes(kind):
        raise Refused("A code of the scope is not in its list. Correct it.", 422)
    wards, facilities, senders = (named if kind == one else () for one in ("ward", "facility", "sender"))
    return steps.Scope(wards, facilities, senders)


def _codes(kind: str) -> set[str]:
    table = {"ward": reference.wards, "facility": reference.facilities, "sender": reference.senders}[kind]()
    return {str(code) for code in table[f"{kind}_code"].to_pylist()}


@router.get("/accounts/{user_name}")
def show_account(request: Request, visitor: Onlooker, user_name: str) -> Response:
    """One account: its roles and scopes, and what can be done about it."""
    return _one(request, visitor, user_name)


def _one(request: Request, visitor: Visitor, user_name: str, made: dict[str, Any] | None = None) -> Response:
    account = _known(visitor, user_name)
    held: dict[str, list[str]] = {}
    for permission in account["permissions"]:
        role, part = str(permission).split(" ", 1)
        held.setdefault(role, []).append(part)
    return render(
        request, "account.html", account=account, held=held, made=made, roles=_roles(), words=ROLES, kinds=KINDS,
        may_change=visitor.has("engineer") and user_name != visitor.user_name and account["closed_at"] is None,
    )  # fmt: skip


def _known(visitor: Visitor, user_name: str) -> dict[str, Any]:
    found = [one for one in steps.list_accounts(visitor.settings) if one["user_name"] == user_name]
    if not found:
        raise NotThere
    return found[0]


def _changing(request: Request, visitor: Visitor, user_name: str) -> None:
    """Nobody changes his own rights; what is closed stays so."""
    request.app.state.limiter.take(CHANGES, "accounts", visitor.user_name)
    if user_name == visitor.user_name:
        raise Refused("Nobody changes his own account here. Ask another engineer.", 403)
    if _known(visitor, user_name)["closed_at"] is not None:
        raise Refused("This account is closed.", 409)


@router.post("/accounts/{user_name}/grant")
def grant(
    request: Request, visitor: Engineer, user_name: str, role: Annotated[str, Form(max_length=20)],
    scope_kind: Annotated[str, Form(max_length=10)], code: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Let it act in a role over a scope."""
    _changing(request, visitor, user_name)
    steps.grant_to_other(visitor.settings, user_name, role, _scope(role, scope_kind, code), visitor.user_name)
    return _changed(visitor, user_name)


@router.post("/accounts/{user_name}/revoke")
def revoke(request: Request, visitor: Engineer, user_name: str, role: Annotated[str, Form(max_length=20)]) -> Response:
    """Take a role from it, with every scope; whoever is at work in it sees nothing more."""
    _changing(request, visitor, user_name)
    if role not in ROLE:
        raise Refused("There is no such role.", 422)
    steps.revoke_from_other(visitor.settings, user_name, role, visitor.user_name)
    return _changed(visitor, user_name)


@router.post("/accounts/{user_name}/password")
def renew_password(request: Request, visitor: Engineer, user_name: str) -> Response:
    """Another password, made here and shown once; its sessions end."""
    _changing(request, visitor, user_name)
    made = steps.renew_password(visitor.settings, user_name, visitor.user_name)
    return _one(request, visitor, user_name, made)


@router.post("/accounts/{user_name}/unlock")
def unlock(request: Request, visitor: Engineer, user_name: str) -> Response:
    """Let it be tried at once after wrong passwords."""
    _changing(request, visitor, user_name)
    steps.unlock_account(visitor.settings, user_name, visitor.user_name)
    return _changed(visitor, user_name)


@router.post("/accounts/{user_name}/close")
def close(
    request: Request, visitor: Engineer, user_name: str, confirm: Annotated[str, Form(max_length=41)] = ""
) -> Response:
    """Close it for good, once its name was typed."""
    _changing(request, visitor, user_name)
    if confirm.strip() != user_name:
        raise Refused("Type the account's name to close it.", 422)
    steps.close_account(visitor.settings, user_name, visitor.user_name)
    return _changed(visitor, user_name)


def _changed(visitor: Visitor, user_name: str) -> Response:
    visitor.database.forget(user_name)
    return go(f"/accounts/{user_name}?done=saved")


@router.get("/account")
def show_own(request: Request, visitor: Anyone) -> Response:
    """The visitor's own account: what he may do, and another password."""
    return render(request, "account_own.html", wrong="", words=ROLES)


@router.post("/account")
def change_own_password(
    request: Request, visitor: Anyone, old: Annotated[str, Form(max_length=200)], new: Annotated[str, Form(max_length=400)],
    again: Annotated[str, Form(max_length=400)],
) -> Response:  # fmt: skip
    """Another password for whoever knows the old one; every session of the account ends, this one too."""
    request.app.state.limiter.take(OWN_PASSWORDS, "own password", visitor.user_name)
    wrong = NOT_SAME if new != again else TOO_SHORT if not 12 <= len(new) <= 200 else ""
    if not wrong and not steps.change_own_password(visitor.settings, visitor.user_name, old, new):
        wrong = WRONG_OLD
    if wrong:
        return render(request, "account_own.html", 422, wrong=say(request, wrong), words=ROLES)
    answer = go("/sign-in")
    answer.delete_cookie(cookie_name(visitor.settings), path="/")
    return answer
