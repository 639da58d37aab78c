"""How a rule is told to people: what the report, receipts and the portal show of the catalogue."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RuleWording:
    """A rule's texts in both languages, and what they need beside them."""

    rule_id: str
    dimension: str
    owner: str
    is_key: bool
    is_scored: bool
    message_vi: str
    message_en: str
    fix_vi: str
    fix_en: str
    example: str
