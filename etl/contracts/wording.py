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
    message_vi: str
    message_en: str
    fix_vi: str
    fix_en: str
    example: str


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
        "Mọi người dùng của hệ thống.",
        "Everybody who uses the system.",
    ),
    Privacy.personal: PrivacyWording(
        "◐",
        "Cá nhân",
        "Personal",
        "Nói về một người nhưng không đủ để nhận ra người đó: giới tính, phường xã, ngày của một sự kiện.",
        "About a person, but does not name one alone: sex, ward, an event's date.",
        "Cán bộ và người rà soát, trong phường xã hoặc cơ sở của mình. Báo cáo chỉ nêu số đếm từ 5 trở lên.",
        "Officers and stewards, within their ward or facility. Reports show counts of five or more alone.",
    ),
    Privacy.health: PrivacyWording(
        "✚",
        "Sức khỏe",
        "Health",
        "Dữ liệu cá nhân nhạy cảm theo Luật 91/2025: chẩn đoán, thuốc, kết quả.",
        "Sensitive personal data under Law 91/2025: diagnoses, drugs, results.",
        "Người chăm sóc, trong phạm vi của mình, và có ghi nhật ký. Dữ liệu HIV cần quyền riêng. Báo cáo chỉ nêu số đếm từ 5 trở lên.",
        "Those who care for the person, within their scope, and audited. HIV data needs a grant of its own. Reports show counts of five or more alone.",
    ),
    Privacy.identifying: PrivacyWording(
        "◆",
        "Định danh",
        "Identifying",
        "Tự nó hoặc gần như tự nó chỉ ra một người: họ tên, các số giấy tờ, điện thoại, địa chỉ.",
        "Names a person alone or nearly so: name, numbers, phone, exact address.",
        "Bộ liên kết; cán bộ và người rà soát khi phải biết đó là ai, có ghi nhật ký. Không bao giờ có trong báo cáo, nhật ký hay địa chỉ web.",
        "The linkage; officers and stewards where they must know who it is, and audited. Never in a report, a log or a web address.",
    ),
}
"""Every privacy class in words, from the least private to the most."""
