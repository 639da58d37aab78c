"""Opening a name: whoever may, and says why, sees who a row is about, and nothing of anybody's health."""

from typing import Any

from etl.contracts import PERSON_RECORD
from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.person import check_reason
from etl.steps.trace import Viewer, read_stated, trace_row

NAMING = ("full_name", "birth_date", "sex", "national_id", "old_id", "insurance_no", "passport_no", "ward_code")
"""Fields that tell who somebody is; those of a record, none of a visit."""


def open_names(
    settings: Settings, batch_id: int, row_no: int, viewer: Viewer, wards: tuple[str, ...] | None = None
) -> list[dict[str, Any]]:
    """The naming fields of a row, each as sent and as understood; that it was opened, and why, is in the audit before.

    With `wards` only rows of people there are opened. The reason may not name the person. Raises ConfigError otherwise.
    """
    stated = read_stated(settings, batch_id, row_no)
    sealed = {field.name for field in PERSON_RECORD.sealed_fields}
    check_reason(viewer, [value for name, value in stated if name in sealed])
    if wards is not None and not {value for name, value in stated if name == "ward_code"} <= set(wards):
        raise ConfigError(
            f"batch {batch_id} row {row_no}: it is about somebody of another ward; expected one of your scope. Ask its reader."
        )
    traced = trace_row(settings, batch_id, row_no, viewer)
    return [one for one in traced["fields"] if one["table"] == PERSON_RECORD.name and one["field"] in NAMING]
