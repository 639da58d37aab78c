"""What is told of requests about one's own data: what a steward must do, and what the law lets nobody erase."""

from collections.abc import Mapping
from typing import Any

CONTACT_FIELDS = ("phone", "address")
"""What serves to reach somebody, and not his care: it may be erased where a record states it."""

RESTRICTED = {
    True: "included: keep it apart, and give it to the person alone",
    False: "not included; whether there is any is not told",
}
KEPT = (
    {
        "what": "medical",
        "vi": "Nội dung khám, chữa bệnh: lưu giữ theo pháp luật về khám bệnh, chữa bệnh; không xóa.",
        "en": "What was found and done in care is kept as the law on examination and treatment demands; it is not erased.",
    },
    {
        "what": "register",
        "vi": "Dữ liệu từ cơ sở dữ liệu dân cư: chỉ cơ quan quản lý cơ sở dữ liệu đó sửa hoặc xóa được.",
        "en": "What the population register states is corrected or erased by its own authority alone.",
    },
    {
        "what": "raw",
        "vi": "Tệp gốc của đơn vị gửi và các bản ghi chuẩn hóa: giữ nguyên từng byte đến hết thời hạn lưu trữ.",
        "en": "Senders' files and the records made of them stay as they are until their retention ends.",
    },
    {
        "what": "audit",
        "vi": "Nhật ký truy cập, yêu cầu và trả lời: giữ theo thời hạn luật định; chỉ chứa mã người.",
        "en": "The audit, the requests and their answers are kept as long as the law says; they hold numbers of people alone.",
    },
)
"""What an erasure leaves, whatever is decided."""


def todo_of_correction(source: Mapping[str, Any]) -> dict[str, str]:
    """What a steward must do so that a field is right, and stays so through every build."""
    if source.get("sender_code"):
        return {
            "todo_vi": "Đề nghị đơn vị gửi nộp lại dòng đã sửa (lô và dòng nêu trên) với ngày cập nhật mới; hoặc, nếu bản "
            "ghi là của người khác, tách bằng `healthbook review decide --verdict split`. Sau lần dựng sổ tiếp theo, "
            "kiểm tra bằng `healthbook trace` rồi trả lời yêu cầu.",
            "todo_en": "Ask the sender for a corrected row (batch and row above) with a newer date; or, if the record is "
            "somebody else's, split it with `healthbook review decide --verdict split`. After the next build look with "
            "`healthbook trace`, then answer the request.",
        }
    if source.get("register_version") is not None:
        return {
            "todo_vi": "Giá trị do dân cư nêu: chuyển yêu cầu đến cơ quan quản lý dân cư; sổ đổi khi bản dân cư mới được nạp.",
            "todo_en": "The register states it: pass the request to the register's authority; the book follows its next version.",
        }
    return {
        "todo_vi": "Chưa nguồn nào nêu trường này: đề nghị trạm y tế của phường, xã gửi một dòng có giá trị đúng.",
        "todo_en": "No source states this field: ask the ward's health station for a row that does.",
    }


def todo_of_erasure(field: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a field may be erased, and what a steward must do about it."""
    if not source:
        return {
            "may_be_erased": False,
            "todo_vi": "Sổ không có giá trị nào ở trường này.",
            "todo_en": "The book holds nothing in this field.",
        }
    if field not in CONTACT_FIELDS or not source.get("sender_code"):
        return {
            "may_be_erased": False,
            "todo_vi": "Không thuộc dữ liệu liên hệ do đơn vị gửi khai: giữ lại; nêu lý do khi trả lời.",
            "todo_en": "It is no contact data that a sender stated: it is kept; say why in the answer.",
        }
    return {
        "may_be_erased": True,
        "todo_vi": "Đề nghị đơn vị gửi nộp lại dòng không có giá trị này và ngừng khai; bản ghi và tệp cũ giữ đến hết thời hạn "
        "lưu trữ, nên sổ còn hiển thị giá trị cho đến khi có bản mới thay thế. Trả lời partly_done nếu giá trị vẫn còn.",
        "todo_en": "Ask the sender to state it no more; older records and files stay until their retention ends, so the book "
        "shows the value until another stands in its place. Answer partly_done where it is still there.",
    }
