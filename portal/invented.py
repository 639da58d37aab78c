"""Invented accounts for the demonstration: one for each kind of work, whose passwords are made anew at every start."""

from dataclasses import dataclass

from etl import steps
from etl.errors import ConfigError
from etl.settings import Settings
from etl.warehouse import access, accounts
from etl.warehouse.access import CITY, Scope
from etl.warehouse.passwords import hash_password, make_password
from portal.database import Database

ACTOR = "demo"


@dataclass(frozen=True)
class Invented:
    """An account to be made: what it is for, and its roles with their scopes."""

    user_name: str
    title: str
    roles: tuple[tuple[str, Scope], ...]


INVENTED = (
    Invented("can_bo_ba_dinh", "Cán bộ đầu mối, Phường Ba Đình (invented)", (("officer", Scope(wards=("00004",))),)),
    Invented("can_bo_benh_vien", "Cán bộ đầu mối, bệnh viện 01929 (invented)", (("officer", Scope(facilities=("01929",))),)),
    Invented("xem_xet", "Người xem xét danh tính (invented)", (("steward", CITY),)),
    Invented("lanh_dao", "Lãnh đạo Sở (invented)", (("manager", CITY),)),
    Invented("bac_si_ba_dinh", "Bác sĩ, Phường Ba Đình (invented)", (("reader", Scope(wards=("00004",))),)),
    Invented("ky_su", "Kỹ sư vận hành (invented)", (("engineer", CITY), ("auditor", CITY))),
)  # fmt: skip


def make_accounts(settings: Settings, invented: tuple[Invented, ...] = INVENTED) -> dict[str, str]:
    """Make the accounts where they are missing, and give each a new password; gives the passwords by account.

    Raises ConfigError outside the demonstration: nobody is invented there.
    """
    if not settings.demo:
        raise ConfigError(
            "accounts: invented ones are for the demonstration; expected real ones. Use `healthbook account`."
        )
    database = Database(settings, steps.warehouse_url(settings))
    passwords = {}
    for one in invented:
        password = make_password()
        passwords[one.user_name] = password
        with database.owner() as connection:
            if accounts.find_account(connection, one.user_name) is None:
                new = accounts.NewAccount(one.user_name, one.title, password_hash=hash_password(password))
                accounts.create_account(connection, new, database.server_password(one.user_name), ACTOR)
            else:
                accounts.set_password(connection, one.user_name, hash_password(password), ACTOR)
                accounts.set_server_password(connection, one.user_name, database.server_password(one.user_name))
            for role, scope in one.roles:
                access.grant(connection, one.user_name, role, scope, ACTOR)
    database.close()
    return passwords
