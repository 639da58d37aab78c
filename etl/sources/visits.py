"""The parts of some visits, read and gathered by kind, and what there is to remark on them."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

from etl.contracts.clinical import LAB_RESULT, MEDICATION, SERVICE
from etl.contracts.reading import Chunk, Remark, Sender
from etl.sources import papers
from etl.sources.envelope import Visit
from etl.sources.grid import cell_too_long
from etl.sources.layouts import Layouts
from etl.sources.limits import Limits
from etl.sources.parts import Part, Tags, digest_parts, read_lines
from etl.sources.tags import CARD_TAGS, KNOWN_TAGS
from etl.sources.visit_tables import PEOPLE, STAYS, SUMMARY, Gathered, tables_of

PART_TABLES = {"XML2": MEDICATION.name, "XML3": SERVICE.name, "XML4": LAB_RESULT.name}
READ_PARTS = frozenset((*PEOPLE, *PART_TABLES, *papers.READ_PARTS))
UNREADABLE, UNKNOWN, CARDS_DIFFER = "part_unreadable", "header_unknown", "card_counts_differ"


@dataclass
class Rows(Gathered):
    """What has been read of some visits, and what was noticed; `size` in bytes of their parts."""

    limits: Limits = field(kw_only=True)
    layouts: Layouts = field(kw_only=True)
    noticed: dict[tuple[str, str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    size: int = 0

    def add(self, row_no: int, visit: Visit) -> None:
        """Read the parts of one visit; a part that cannot be read is noticed, and the others go on."""
        named = failed = False
        for part in visit.parts:
            found = self._read(part)
            self.size += len(part.content)
            if found is None:
                failed = failed or part.kind == SUMMARY
                self._notice(UNREADABLE, part.kind, told_kind(part.kind), row_no)
                continue
            if part.kind not in KNOWN_TAGS:
                self._notice(UNKNOWN, part.kind, told_kind(part.kind), row_no)
            named = named or (part.kind in PEOPLE and bool(found))
            self._keep(row_no, part, found)
        if not named and not failed:
            self._notice(UNREADABLE, SUMMARY, SUMMARY, row_no)
        self.row_nos.append(row_no)
        self.digests.append(digest_parts(visit.parts))

    def _read(self, part: Part) -> list[Tags] | None:
        if not part.is_decoded:
            return None
        return read_lines(part, self.layouts) if part.kind in READ_PARTS else []

    def _keep(self, row_no: int, part: Part, found: list[Tags]) -> None:
        kept = self.parts[part.kind]
        is_short = len(part.content) <= self.limits.max_cell_chars
        for tags in found:
            kept.append((row_no, tags))
            if not is_short and max(map(len, tags.values()), default=0) > self.limits.max_cell_chars:
                raise cell_too_long(f"HOSO {row_no}, {told_kind(part.kind)}", self.limits)
            for tag in unknown_tags(part.kind, tuple(tags)):
                self._notice(UNKNOWN, part.kind, tag, row_no)
        if part.kind in STAYS and any(counts_differ(tags) for tags in found):
            self.noticed[CARDS_DIFFER, "person_record", "insurance_no"].add(row_no)

    def _notice(self, rule: str, kind: str, column: str, row_no: int) -> None:
        table = PART_TABLES.get(kind) or ("person_record" if kind in PEOPLE else "encounter")
        self.noticed[rule, table, column].add(row_no)

    def to_chunk(self, sender: Sender, remarks: tuple[Remark, ...] = ()) -> Chunk:
        """The contract's tables, and what was noticed, with further remarks."""
        told = (Remark(*key, tuple(sorted(row_nos))) for key, row_nos in self.noticed.items())
        return Chunk(tables_of(self, sender), (*told, *remarks))


def told_kind(kind: str) -> str:
    """A part's kind as findings name it; that of the HIV paper would tell of the person."""
    return kind if kind in KNOWN_TAGS and kind != papers.RESTRICTED_PART else "a part"


def safe_tag(tag: str) -> str:
    """An unknown tag's name, if it looks like one of the standard's and not like a value."""
    return tag if len(tag) <= 30 and tag.isascii() and tag.isupper() and not any(map(str.isdigit, tag)) else "a tag"


@lru_cache(maxsize=4_096)
def unknown_tags(kind: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    """Of a line's tags those that no standard has in such a part, as they may be told; lines of a sender are alike."""
    return tuple({safe_tag(tag) for tag in set(tags) - KNOWN_TAGS.get(kind, frozenset(tags))})


def counts_differ(tags: Tags) -> bool:
    """True where several cards do not each have their place of registration and their first and last day."""
    values = [tags[name] for name in CARD_TAGS if name in tags]
    return ";" in "".join(values) and len({value.strip(" ;").count(";") for value in values}) > 1
