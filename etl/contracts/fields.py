"""What a contract is made of: a field, a table, and what follows from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class Privacy(StrEnum):
    """Who may see a field: everyone, those who care for the person, or nobody but the linkage."""

    public = "public"
    """Says nothing about a person: codes of senders, counts, states."""
    personal = "personal"
    """About a person, but does not name one alone: sex, ward, an event's date."""
    health = "health"
    """Sensitive personal data under Law 91/2025: diagnoses, drugs, results."""
    identifying = "identifying"
    """Names a person alone or nearly so: name, numbers, phone, exact address."""


MASKED = "•••"
"""Shown in the place of what somebody may not see."""


class Rows(StrEnum):
    """Whose a table's rows are: with the privacy class of its fields, what decides who sees what (`contracts.access`)."""

    everyone = "everyone"
    """Nobody's: code lists, counts, states of the pipeline."""
    city = "city"
    """The whole city's business: the audit, who may see what, the linkage model."""
    sender = "sender"
    """The sender's in `sender_code`."""
    batch = "batch"
    """Of who sent the file in `batch_id`."""
    ward = "ward"
    """A person's, who lives in `ward_code`."""
    person = "person"
    """A person's in `person_id`, whose book says the ward."""
    nobody = "nobody"
    """Closed to every application role: what proves who somebody is."""


@dataclass(frozen=True)
class Field:
    """One column: its meaning in both languages, privacy class, and the names that senders give it.

    `terms` are the sender's own words for it (HO_TEN, "Họ và tên"); header recognition, the ward template,
    documentation and error texts are derived from them. `references` is `table.column` of a foreign key.
    `is_built` marks what the build adds to a source's table; `is_required` what no row may lack. `named_by` is the column
    that says which field a row's value belongs to, where that differs from row to row.
    """

    name: str
    type: pa.DataType
    vi: str
    en: str
    privacy: Privacy = Privacy.public
    terms: tuple[str, ...] = ()
    references: str | None = None
    is_required: bool = False
    is_built: bool = False
    named_by: str | None = None

    @property
    def is_sealed(self) -> bool:
        """Whether the warehouse holds ciphertext in its place: text that names a person (`warehouse.sealing`).

        A birth date stays a date: ages and months are counted by it, and alone it names nobody.
        """
        return self.privacy is Privacy.identifying and self.type == pa.string()


@dataclass(frozen=True)
class Table:
    """One table: its schema in PostgreSQL, meaning, fields, key, and whose its rows are.

    A table that does not say whose its rows are is closed to every application role, and a test names it. `looked_up`
    names sealed fields that rows are found and compared by: beside each stands its keyed hash.
    """

    name: str
    schema: str
    vi: str
    en: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rows: Rows | None = None
    looked_up: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __getitem__(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    @property
    def qualified_name(self) -> str:
        """`schema.name`, as SQL names it."""
        return f"{self.schema}.{self.name}"

    @property
    def arrow_schema(self) -> pa.Schema:
        """The schema of the whole table, as it is published."""
        return pa.schema([pa.field(field.name, field.type) for field in self.fields])

    @property
    def source_fields(self) -> tuple[Field, ...]:
        """The fields that a source row fills: all but those that the build adds."""
        return tuple(field for field in self.fields if not field.is_built)

    @property
    def source_schema(self) -> pa.Schema:
        """The schema of the table as staged from a source."""
        return pa.schema([pa.field(field.name, field.type) for field in self.source_fields])

    @property
    def stored_fields(self) -> tuple[Field, ...]:
        """The columns in PostgreSQL: the fields, then a keyed hash for each that is looked up."""
        hashes = (
            Field(
                hash_name(name),
                pa.string(),
                f"Mã băm bí mật của {self[name].vi}",
                f"Keyed hash of `{name}`, by which a row is found without opening it",
                Privacy.personal,
                is_required=self[name].is_required,
            )
            for name in self.looked_up
        )
        return (*self.fields, *hashes)

    @property
    def sealed_fields(self) -> tuple[Field, ...]:
        """The fields that lie sealed in PostgreSQL."""
        return tuple(field for field in self.fields if field.is_sealed)

    @property
    def owner(self) -> str:
        """The column that says whose a row is, to which its sealed values are bound: they open nowhere else."""
        names = {field.name for field in self.fields}
        return next(name for name in ("person_id", "record_id", "sha256", "batch_id") if name in names)

    @property
    def sent_fields(self) -> tuple[Field, ...]:
        """The fields that a sender writes, known by having terms."""
        return tuple(field for field in self.fields if field.terms)


def hash_name(name: str) -> str:
    """The column that holds the keyed hash of another."""
    return f"{name}_hash"


SQL_TYPES: dict[pa.DataType, str] = {
    pa.int16(): "smallint",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float64(): "double precision",
    pa.string(): "text",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp without time zone",
    pa.timestamp("us", "UTC"): "timestamp with time zone",
    pa.list_(pa.int32()): "integer[]",
    pa.list_(pa.string()): "text[]",
}
"""How PostgreSQL (as `format_type` prints it) stores each Arrow type that a contract may use."""
