"""Whole tables as sent into whole tables as the contracts type them, with what was sent and a note beside each field.

Every field is worked on as a column; only where fields bear on each other (ID against sex and birth year, ward against
day and address, restricted data) does one column look at another.
"""

from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import NOTE, PERSON_RECORD, REGISTER_PERSON, SENT, Field, Table
from etl.contracts.reading import Sender
from etl.standardise import codes, icd10, identifiers, places
from etl.standardise.births import read_births
from etl.standardise.column import Standardised, any_of, as_array, nulls
from etl.standardise.dates import note_future, standardise_dates, standardise_moments
from etl.standardise.names import read_names, standardise_names
from etl.standardise.phones import standardise_phones
from etl.standardise.text import clean_text

Columns = dict[str, Standardised]
BY_FIELD: dict[str, Callable[[pa.Array], Standardised]] = {
    "full_name": standardise_names,
    "guardian_name": standardise_names,
    "sex": codes.standardise_sex,
    "status": codes.standardise_status,
    "phone": standardise_phones,
    "ethnic_code": codes.standardise_ethnic,
    "nationality_code": codes.standardise_nationality,
    "occupation_code": codes.standardise_occupation,
    "blood_group": codes.standardise_blood_group,
    "household_id": identifiers.standardise_household,
    "icd10_code": codes.standardise_icd10,
    "main_icd10_code": codes.standardise_icd10,
    "previous_national_id": identifiers.standardise_household,
    "follow_up_on": standardise_dates,  # lies in the future by nature
}
"""How a field is standardised that its type alone does not tell; all others go by their type."""
REGISTER_EXTRAS = {
    "change_kind": pa.string(),
    "changed_on": pa.date32(),
    "previous_national_id": pa.string(),
    "as_of_date": pa.date32(),
    "merged_person_id": pa.int64(),
}
"""What a register file says beside its contract's fields; passed through where it was sent."""
OF_PERSONS = (
    "full_name",
    "full_name_toneless",
    "is_newborn_name",
    "birth_date",
    "birth_precision",
    "national_id",
    "old_id",
    "passport_no",
    "insurance_no",
    "insurance_card",
    "ward_code",
)
"""Fields of a person that bear on each other."""
GIVEN = ("row_digest", "sender_code")
"""Text that the pipeline gave, not the sender."""
NUMBERS = ("record_id", "person_id", "batch_id", "row_no")
CODED_ON = {"icd10_code": "diagnosed_on", "main_icd10_code": "ended_at"}
"""The day that tells which ICD-10 list holds."""
RESTRICTED_BY = ("icd10_code", "main_icd10_code")
RESTRICTED_BY_WORDS = ("drug_name", "test_name", "service_name", "statement", "diagnosis_text", "clinical_course")
FIRST_PERIODS = {"district": places.OF_2025}
"""Whose ward codes are of a known period, whatever day the row states: districts ended with the 526 wards."""


def standardise_table(table: Table, sent: pa.Table, *, sender: Sender, received_on: date | None = None) -> pa.Table:
    """All `table.source_fields` typed by the contract, then `sent_<field>` (text) and `note_<field>` (see `Note`).

    `sent` holds text columns named as in the contract; numbers that the pipeline gave (`record_id`, `batch_id`,
    `row_no`, `line_no`) pass as they are. Fields that have senders' terms always get their `sent_` and `note_`
    columns, others where they were sent. Days after `received_on` are noted as future ones, and births after the
    day of the statement. Rows keep their order; nothing is dropped.
    """
    source = _Source(sent)
    is_of_people = any(field.name == "full_name" for field in table.source_fields)
    together = OF_PERSONS if is_of_people else ()
    columns = {
        field.name: _standardise_field(field, source, received_on)
        for field in table.source_fields
        if field.name not in together
    }
    if is_of_people:
        columns |= _standardise_person(source, columns, sender, received_on)
    columns |= _derive(table, columns, source)
    return _assemble(table, columns, source)


def standardise_people(people: pa.Table) -> pa.Table:
    """Free columns about persons (`record_id` and any of the fields of a register person, as text) typed likewise.

    Columns that do not describe a person, such as `record_id`, are kept as they are and come first.
    """
    known = {field.name for table in (PERSON_RECORD, REGISTER_PERSON) for field in table}
    kept = [name for name in people.column_names if name in NUMBERS or name not in known]
    typed = standardise_table(PERSON_RECORD, people.drop_columns(kept), sender=Sender("", "", ""))
    extra = [
        field
        for field in REGISTER_PERSON.source_fields
        if field.name in people.column_names and field.name not in (*typed.column_names, *kept)
    ]
    for field in extra:
        typed = typed.append_column(field.name, _standardise_field(field, _Source(people), None).values)
    rest = [name for name in typed.column_names if name not in (*NUMBERS, *kept)]
    return pa.table([*(people[name] for name in kept), *(typed[name] for name in rest)], [*kept, *rest])


class _Source:
    """The columns as sent, with nulls for those that were not."""

    def __init__(self, sent: pa.Table) -> None:
        self.columns = {name: as_array(column) for name, column in zip(sent.column_names, sent.columns, strict=True)}
        self.count = sent.num_rows

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> pa.Array:
        return self.columns[name] if name in self else nulls(self.count)

    def text(self, name: str) -> pa.Array:
        return as_array(self[name], pa.string())


def _standardise_field(field: Field, source: _Source, received_on: date | None) -> Standardised:
    """One field on its own, by its name or else by its type."""
    sent = source[field.name]
    if field.name not in source:
        return Standardised(nulls(source.count, field.type), nulls(source.count))
    if field.name in GIVEN or not (pa.types.is_string(sent.type) or pa.types.is_null(sent.type)):
        return Standardised(as_array(sent, field.type), nulls(source.count))
    text = as_array(sent, pa.string())
    if field.name in BY_FIELD:
        return BY_FIELD[field.name](text)
    return _by_type(text, field.type, received_on)


def _by_type(text: pa.Array, type_: pa.DataType, received_on: date | None) -> Standardised:
    if pa.types.is_date(type_):
        return standardise_dates(text, received_on)
    if pa.types.is_timestamp(type_):
        return standardise_moments(text, received_on)
    if pa.types.is_boolean(type_):
        return codes.standardise_flags(text)
    if pa.types.is_string(type_):
        return clean_text(text)
    return codes.standardise_numbers(text, type_)


def _standardise_person(source: _Source, columns: Columns, sender: Sender, received_on: date | None) -> Columns:
    """The fields of a person that bear on each other."""
    as_of = columns["as_of_date"].values if "as_of_date" in columns else nulls(source.count, pa.date32())
    stated = as_of if received_on is None else pc.coalesce(as_of, pa.scalar(received_on, pa.date32()))
    birth = read_births(source.text("birth_date"), stated)
    birth_notes = note_future(birth.days, note_future(birth.days, birth.notes, as_of), received_on)
    sex = columns["sex"].values
    identities = identifiers.standardise_identities(
        source.text("national_id"), source.text("old_id"), source.text("passport_no"), sex, pc.year(birth.days)
    )
    insurance, card = identifiers.standardise_insurance(source.text("insurance_no"))
    period = FIRST_PERIODS.get(sender.kind)
    names = read_names(source.text("full_name"))
    wards = places.standardise_wards(
        source.text("ward_code"), as_of, first_period=period, addresses=source.text("address")
    )
    quiet = nulls(source.count)
    return {
        "full_name": Standardised(names.values, names.notes),
        "full_name_toneless": Standardised(names.toneless, quiet),
        "is_newborn_name": Standardised(names.is_newborn, quiet),
        "birth_date": Standardised(birth.days, birth_notes),
        "birth_precision": Standardised(birth.precisions, quiet),
        "national_id": identities.national_id,
        "old_id": identities.old_id,
        "passport_no": identities.passport_no,
        "insurance_no": insurance,
        "insurance_card": Standardised(card, quiet),
        "ward_code": places.fill_ward(wards, source.text("ward_code"), sender.ward_code),
    }


def _derive(table: Table, columns: Columns, source: _Source) -> Columns:
    """What follows from other fields of an event: HIV data is restricted, "Không" means none known."""
    names = {field.name for field in table.source_fields}
    derived: Columns = {}
    for code, day in CODED_ON.items():
        if code in names and day in names:
            derived[code] = icd10.note_not_in_force(columns[code], columns[day].values)
    if "is_restricted" in names:
        derived["is_restricted"] = Standardised(_is_restricted(columns), nulls(source.count))
    if "is_none_known" in names and "is_none_known" not in source:
        field = "substance" if "substance" in names else "statement"
        is_none = codes.is_none_known(columns[field].values)
        derived["is_none_known"] = Standardised(is_none, nulls(source.count))
        if field == "substance":
            emptied = pc.if_else(pc.fill_null(is_none, False), pa.scalar(None, pa.string()), columns[field].values)
            derived[field] = Standardised(emptied, columns[field].notes)
    if "value_text" in names and "value_number" not in source:
        derived["value_number"] = Standardised(
            codes.standardise_numbers(columns["value_text"].values).values, nulls(source.count)
        )
    return derived


def _is_restricted(columns: Columns) -> pa.Array:
    by_code = [codes.is_hiv_code(columns[name].values) for name in RESTRICTED_BY if name in columns]
    by_words = [codes.is_hiv_text(columns[name].values) for name in RESTRICTED_BY_WORDS if name in columns]
    return any_of(columns["is_restricted"].values, *by_code, *by_words)  # what a reader flagged stays flagged


def _assemble(table: Table, columns: Columns, source: _Source) -> pa.Table:
    """Typed fields, then what was sent and the notes, then what a register file says beside its contract."""
    named: dict[str, pa.Array] = {
        field.name: as_array(columns[field.name].values, field.type) for field in table.source_fields
    }
    for field in table.source_fields:
        if field.terms or (
            field.name in source and pa.types.is_string(source[field.name].type) and field.name not in GIVEN
        ):
            named[SENT + field.name] = source.text(field.name)
            named[NOTE + field.name] = as_array(columns[field.name].notes, pa.string())
    if table is REGISTER_PERSON:
        for name, type_ in REGISTER_EXTRAS.items():
            if name in source:
                named[name] = _standardise_field(Field(name, type_, "", ""), source, None).values
        if "row_no" in source:
            named["row_no"] = source["row_no"]
    return pa.table(named)
