"""How rules and privacy classes are told to people: in reports, receipts, the portal and the data dictionary."""

from dataclasses import dataclass

from etl.contracts.fields import Privacy


@dataclass(frozen=True)
class RuleWording:
    """A rule's texts in both languages, and what they need beside them."""

    rule_id: str
    dimension: str
    owner: str
    is_key: bool
    is_scored: bool
    weight: float
    message_vi: str
    message_en: str
    fix_vi: str
    fix_en: str
    example: str
    measured_in: str | None = None
    """Unit of what was observed of a sender, beside what was expected: days, rows or index."""
    is_shadow: bool = False
    """Measured, and not counted yet."""


@dataclass(frozen=True)
class PrivacyWording:
    """A privacy class: a sign that tells it without colour, its name, what it means, and who may see such a field."""

    sign: str
    vi: str
    en: str
    meaning_vi: str
    meaning_en: str
    seen_by_vi: str
    seen_by_en: str


PRIVACY_WORDING = {
    Privacy.public: PrivacyWording(
        "○",
        "Không riêng tư",
        "Not private",
        "Không nói gì về một người: mã đơn vị, số đếm, trạng thái. Mã số của người hay bản ghi cũng ở lớp này, nhưng không xuất hiện trong báo cáo.",
        "Says nothing about a person: codes of senders, counts, states. Numbers of persons and records are of this class too, yet never stand in a report.",
        "Mọi vai trò, ở những dòng thuộc phạm vi của mình.",
        "Every role, in the rows of its scope.",
    ),
    Privacy.personal: PrivacyWording(
        "◐",
        "Cá nhân",
        "Personal",
        "Nói về một người nhưng không đủ để nhận ra người đó: giới tính, phường xã, ngày của một sự kiện.",
        "About a person, but does not name one alone: sex, ward, an event's date.",
        "Người xem xét danh tính; vai trò liên thông, với sổ của các phường xã được giao. Báo cáo chỉ nêu số đếm từ 5 trở lên.",
        "Stewards, who settle who is who; the exchange role, in books of its wards. Reports show counts of five or more alone.",
    ),
    Privacy.health: PrivacyWording(
        "✚",
        "Sức khỏe",
        "Health",
        "Dữ liệu cá nhân nhạy cảm theo Luật 91/2025: chẩn đoán, thuốc, kết quả.",
        "Sensitive personal data under Law 91/2025: diagnoses, drugs, results.",
        "Vai trò liên thông, với sổ của các phường xã được giao. Dữ liệu HIV cần quyền riêng. Người xem xét danh tính không xem. Báo cáo chỉ nêu số đếm từ 5 trở lên.",
        "The exchange role, in books of its wards. HIV data needs a grant of its own. Stewards do not see it. Reports show counts of five or more alone.",
    ),
    Privacy.identifying: PrivacyWording(
        "◆",
        "Định danh",
        "Identifying",
        "Tự nó hoặc gần như tự nó chỉ ra một người: họ tên, các số giấy tờ, điện thoại, địa chỉ. Trong cơ sở dữ liệu chỉ có bản mã hóa; riêng ngày sinh để rõ.",
        "Names a person alone or nearly so: name, numbers, phone, exact address. The database holds them sealed, but for birth dates.",
        "Người xem xét danh tính; vai trò liên thông, với sổ của các phường xã được giao; có ghi nhật ký. Đơn vị gửi chỉ xem tệp của chính mình. Không bao giờ có trong báo cáo, nhật ký hay địa chỉ web.",
        "Stewards; the exchange role, in books of its wards; audited. Senders see their own files alone. Never in a report, a log or a web address.",
    ),
}
"""Every privacy class in words, from the least private to the most."""
