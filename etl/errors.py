"""The tree of errors, and the exit code that each ends a command with.

HealthbookError (1: our own fault)
├── ConfigError        2  wrong usage or configuration: for the operator
├── DataError          3  the data was refused: for its sender
└── DependencyError    4  a database or store is not there: try again later

`describe_fault` words any other error without its message, which may hold a value.

A message reads `<where>: <what is wrong>; expected <what>. <what to do>.` and never holds a personal value.
"""

import traceback
from pathlib import Path


class HealthbookError(Exception):
    """Anything that this project raises on purpose; on its own, a fault of ours."""

    exit_code = 1


class ConfigError(HealthbookError):
    """A setting, option or argument is unknown, unsafe or does not fit."""

    exit_code = 2


class DataError(HealthbookError):
    """A file cannot be taken in; `rule_id` names the rule of the catalogue that refuses it."""

    exit_code = 3

    def __init__(self, message: str, rule_id: str = "file_unreadable") -> None:
        super().__init__(message)
        self.rule_id = rule_id


class DependencyError(HealthbookError):
    """A database or store cannot be reached; nothing was changed, the same call may succeed later."""

    exit_code = 4


def describe_fault(where: str, error: BaseException) -> str:
    """What broke and where in the code: the error's type and places, never its message.

    A foreign message ("invalid input syntax for type date: …") can hold a person's data.
    """
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{where}: {kind} at {places or 'its first line'}; expected no such error. Report it."
