"""What the pipeline itself writes down: senders, batches, links, runs."""

import pyarrow as pa

from etl.contracts.fields import Field, Privacy, Rows, Table
from etl.contracts.people import BATCH_ID, PERSON_ID, RECORD_ID, ROW_NO

TEXT, COUNT, DATE, MOMENT = pa.string(), pa.int64(), pa.date32(), pa.timestamp("us", "UTC")
PERSONAL, IDENTIFYING = Privacy.personal, Privacy.identifying

WARD = Table(
    "ward", "reference", "Phường, xã qua ba thời kỳ", "Every ward code that Hanoi has used, and the ward of today that it belongs to",
    (
        Field("ward_code", TEXT, "Mã phường/xã", "Ward in force since 2025-07-01, five digits", is_required=True),
        Field("name", TEXT, "Tên", "Name with its type", is_required=True),
        Field("kind", TEXT, "Loại", "Phường (urban ward) or Xã (commune)", is_required=True),
    ),
    ("ward_code",),
    rows=Rows.everyone,
)
OLD_WARD = Table(
    "old_ward", "reference", "Phường, xã cũ", "A ward code of before 2025-07-01, and each ward of today that holds a part of it",
    (
        Field("old_ward_code", TEXT, "Mã cũ", "Old ward code, five digits; valid by date, codes were re-used", is_required=True),
        Field("ward_code", TEXT, "Mã hiện nay", "Ward of today", references="ward.ward_code", is_required=True),
        Field("name", TEXT, "Tên cũ", "Old name with its type", is_required=True),
        Field("district_name", TEXT, "Quận, huyện cũ", "Old district", is_required=True),
        Field("valid_to", DATE, "Hiệu lực đến", "Last day: 2024-12-31 (579 wards) or 2025-06-30 (526 wards)", is_required=True),
        Field("is_split", pa.bool_(), "Bị chia", "The old ward was split: its code alone does not tell the new one", is_required=True),
        Field("is_default", pa.bool_(), "Phần chính", "The ward of today that is assumed where nothing else tells; a guess for split ones", is_required=True),
    ),
    ("old_ward_code", "ward_code", "valid_to"),
    rows=Rows.everyone,
)
FACILITY = Table(
    "facility", "reference", "Cơ sở khám chữa bệnh", "Health facilities",
    (
        Field("facility_code", TEXT, "Mã cơ sở", "Five digits; 01xxx is Hanoi", is_required=True),
        Field("name", TEXT, "Tên", "Name", is_required=True),
    ),
    ("facility_code",),
    rows=Rows.everyone,
)
SENDER = Table(
    "sender", "reference", "Đơn vị gửi dữ liệu", "Everyone who sends files",
    (
        Field("sender_code", TEXT, "Mã đơn vị", "CS + facility, PX + ward, QH + old district, DC for the register", is_required=True),
        Field("kind", TEXT, "Loại", "hospital, ward, district or register", is_required=True),
        Field("name", TEXT, "Tên", "Name", is_required=True),
        Field("facility_code", TEXT, "Cơ sở", "Facility, for a hospital", references="facility.facility_code"),
        Field("ward_code", TEXT, "Phường/xã", "Ward, for a ward", references="ward.ward_code"),
        Field("rhythm_days", pa.int32(), "Chu kỳ gửi (ngày)", "A batch is expected at least this often, in days", is_required=True),
    ),
    ("sender_code",),
    rows=Rows.everyone,
)
BATCH = Table(
    "batch", "intake", "Lô dữ liệu: một tệp đã nhận", "One row for each file received",
    (
        Field("batch_id", pa.int64(), "Số lô", "Number of the batch", is_required=True),
        Field("sha256", TEXT, "Mã băm tệp", "SHA-256 of the file, 64 hex digits: the key of its bytes in the store", is_required=True),
        Field("sender_code", TEXT, "Đơn vị gửi", "Who sent it; empty where the code given is nobody's", references="sender.sender_code"),
        Field("file_name", TEXT, "Tên tệp", "Name of the file as sent; may hold a personal name, so it is shown to its sender alone", IDENTIFYING),
        Field("kind", TEXT, "Loại tệp", "Stem of the source module that read it"),
        Field("state", TEXT, "Trạng thái", "waiting, accepted, refused or withdrawn", is_required=True),
        Field("refusal_rule_id", TEXT, "Quy tắc từ chối", "The rule that refused the file"),
        Field("refusal", TEXT, "Lý do từ chối", "Why it was refused, and what to do, without personal values"),
        Field("bytes", pa.int64(), "Dung lượng (byte)", "Size in bytes", is_required=True),
        Field("encoding", TEXT, "Bảng mã", "Character encoding recognised"),
        Field("separator", TEXT, "Dấu phân cách", "Separator recognised, for CSV"),
        Field("rows_in", COUNT, "Số dòng nhận", "Rows that name a person", is_required=True),
        Field("accepted", COUNT, "Chấp nhận", "Rows accepted", is_required=True),
        Field("quarantined", COUNT, "Cách ly", "Rows set aside until mended", is_required=True),
        Field("duplicate", COUNT, "Trùng", "Rows that were delivered before, or twice in this file", is_required=True),
        Field("withdrawn", COUNT, "Rút lại", "Rows withdrawn by the sender", is_required=True),
        Field("received_at", MOMENT, "Nhận lúc", "When the file was registered", is_required=True),
        Field("finished_at", MOMENT, "Xong lúc", "When it reached its result"),
    ),
    ("batch_id",),
    rows=Rows.sender,
)
UPLOAD = Table(
    "upload", "intake", "Tệp tải lên cổng", "One row for each file that somebody brought to the portal: what was found before it was sent, and the batch that it became",
    (
        Field("upload_id", pa.int64(), "Số tải lên", "Counts up", is_required=True),
        Field("sender_code", TEXT, "Đơn vị gửi", "For whom it is sent", references="sender.sender_code", is_required=True),
        Field("user_name", TEXT, "Tài khoản", "Who brought it", is_required=True),
        Field("state", TEXT, "Trạng thái", "receiving, waiting (for its check), checked, refused (as a whole), sent, discarded or failed (by our fault)", is_required=True),
        Field("bytes", pa.int64(), "Dung lượng (byte)", "Size in bytes, as announced", is_required=True),
        Field("sha256", TEXT, "Mã băm tệp", "SHA-256 of the file once it is whole, 64 hex digits: the key of its bytes in the store"),
        Field("file_name", TEXT, "Tên tệp", "Name of the file as sent; may hold a personal name, so it is shown to its sender alone", IDENTIFYING),
        Field("kind", TEXT, "Loại tệp", "Stem of the source module that read it"),
        Field("rows_in", COUNT, "Số dòng", "Rows that name a person, by the check before sending", is_required=True),
        Field("accepted", COUNT, "Đạt", "Rows that would be accepted", is_required=True),
        Field("quarantined", COUNT, "Phải sửa", "Rows that would be set aside", is_required=True),
        Field("duplicate", COUNT, "Trùng", "Rows that were delivered before, or twice in this file", is_required=True),
        Field("refusal_rule_id", TEXT, "Quy tắc từ chối", "The rule that refuses the file as a whole"),
        Field("refusal", TEXT, "Lý do từ chối", "Why it is refused, and what to do, without personal values"),
        Field("batch_id", pa.int64(), "Lô dữ liệu", "The batch that it became when it was sent", references="batch.batch_id"),
        Field("mends_batch_id", pa.int64(), "Sửa cho lô", "The batch whose rows it mends", references="batch.batch_id"),
        Field("created_at", MOMENT, "Bắt đầu lúc", "When the upload began", is_required=True),
        Field("received_at", MOMENT, "Nhận đủ lúc", "When its last byte was safe"),
        Field("checked_at", MOMENT, "Kiểm tra lúc", "When the check before sending ended"),
        Field("submitted_at", MOMENT, "Gửi lúc", "When it was sent"),
        Field("dag_run_id", TEXT, "Lượt chạy Airflow", "The run of Airflow that was asked to take the batch in"),
        Field("dispatched_at", MOMENT, "Giao Airflow lúc", "When Airflow took the request; empty while it waits in the queue"),
        Field("attempts", pa.int32(), "Số lần thử", "How often Airflow was asked, or a check was begun", is_required=True),
        Field("fault", TEXT, "Lỗi", "Kind of the last fault, never what it said"),
    ),
    ("upload_id",),
    rows=Rows.sender,
)
HELD_ROW = Table(
    "held_row", "intake", "Dòng chưa được chấp nhận", "One row for each source row that was not accepted: what became of it",
    (
        BATCH_ID, ROW_NO,
        Field("outcome", TEXT, "Kết quả", "quarantined or duplicate; withdrawn where the whole batch was", is_required=True),
        Field("rule_id", TEXT, "Quy tắc", "The first rule that quarantined it"),
        Field("duplicate_of", pa.int64(), "Trùng với bản ghi", "The record that the same row became when it came first; of a withdrawn row, the record that it would be"),
    ),
    ("batch_id", "row_no"),
    rows=Rows.batch,
)
WITHDRAWAL = Table(
    "withdrawal", "intake", "Rút lại và khôi phục lô", "Who withdrew a batch or restored it, when and why; added to and never changed",
    (
        Field("withdrawal_id", pa.int64(), "Số", "Counts up", is_required=True),
        BATCH_ID,
        Field("is_undo", pa.bool_(), "Khôi phục", "The batch was restored, not withdrawn", is_required=True),
        Field("actor", TEXT, "Ai", "The account of who answers for it", is_required=True),
        Field("reason", TEXT, "Lý do", "Why, in his own words, which may name somebody", IDENTIFYING, is_required=True),
        Field("rows", COUNT, "Số dòng", "Rows of the batch that left the books or came back", is_required=True),
        Field("moved", COUNT, "Số dòng thay thế", "Records that stand by another delivery of the same row from now on", is_required=True),
        Field("decided_at", MOMENT, "Lúc", "When", is_required=True),
    ),
    ("withdrawal_id",),
    rows=Rows.batch,
)
MOVED_ROW = Table(
    "moved_row", "intake", "Dòng đổi kết quả sau khi tiếp nhận", "Rows whose outcome changed since their file was staged, because another batch with the same row was withdrawn or restored",
    (
        BATCH_ID, ROW_NO, RECORD_ID,
        Field("outcome", TEXT, "Kết quả", "accepted: the record stands by this row now; or duplicate", is_required=True),
    ),
    ("batch_id", "row_no"),
    rows=Rows.batch,
)
REMOVAL = Table(
    "removal", "intake", "Đã xóa theo thời hạn lưu giữ", "One row for each thing that retention removed: what was counted stays, so that nothing is missing without a reason",
    (
        Field("kind", TEXT, "Loại", "raw_file, staged_file, quarantined or duplicate (rows) of a batch; register_file or register_folder of a version; book_folder of a build", is_required=True),
        Field("subject_id", pa.int64(), "Số của đối tượng", "Number of the batch, register version or build", is_required=True),
        Field("amount", COUNT, "Số lượng", "Rows, or bytes of files", is_required=True),
        Field("actor", TEXT, "Ai xóa", "Who had it removed", is_required=True),
        Field("removed_at", MOMENT, "Xóa lúc", "When", is_required=True),
    ),
    ("kind", "subject_id"),
    rows=Rows.city,
)
RUN = Table(
    "run", "identity", "Lần dựng sổ", "One row for each build of the books",
    (
        Field("run_id", pa.int64(), "Số lần dựng", "Number of the build", is_required=True),
        Field("is_full", pa.bool_(), "Dựng lại toàn bộ", "Every record was linked anew", is_required=True),
        Field("model_version", TEXT, "Phiên bản mô hình", "Version of the linkage model", is_required=True),
        Field("register_version", pa.int32(), "Phiên bản dân cư", "Register that was linked to", references="register_version.register_version"),
        Field("input_digest", TEXT, "Mã băm đầu vào", "32 hex digits over register version, model and accepted batches: the same input is not built twice", is_required=True),
        Field("state", TEXT, "Trạng thái", "proposed (a re-link that waits for approval), rejected, linked, merged, published or scored", is_required=True),
        Field("matched", COUNT, "Khớp", "Open links that are matches", is_required=True),
        Field("in_review", COUNT, "Chờ xem xét", "Open links that wait for a reviewer", is_required=True),
        Field("unmatched", COUNT, "Chưa có trong dân cư", "Open links to persons not in the register", is_required=True),
        Field("books", COUNT, "Số sổ", "Books after the build"),
        Field("started_at", MOMENT, "Bắt đầu", "When it began", is_required=True),
        Field("finished_at", MOMENT, "Kết thúc", "When its books were published"),
        Field("answered_by", TEXT, "Ai duyệt", "Who approved or rejected a proposed build"),
        Field("answered_at", MOMENT, "Duyệt lúc", "When"),
    ),
    ("run_id",),
    rows=Rows.everyone,
)
RUN_ID = Field("run_id", pa.int64(), "Lần dựng", "The build", references="run.run_id", is_required=True)
LINKAGE_MODEL = Table(
    "linkage_model", "identity", "Mô hình liên kết", "Every model that links were decided by",
    (
        Field("version", TEXT, "Phiên bản", "Name and digest of what it holds", is_required=True),
        Field("content", TEXT, "Nội dung", "The model's file: shares, thresholds, caps, and what it was trained on", is_required=True),
        Field("is_current", pa.bool_(), "Đang dùng", "Builds link by it", is_required=True),
        Field("actor", TEXT, "Ai tạo", "`engine`, or who had it trained", is_required=True),
        Field("created_at", MOMENT, "Tạo lúc", "When", is_required=True),
    ),
    ("version",),
    rows=Rows.city,
)
RUN_REASON = Table(
    "run_reason", "identity", "Lý do xem lại", "One row for each build and reason for which it looked at records",
    (
        RUN_ID,
        Field("reason", TEXT, "Lý do", "every_record, waiting, person_changed, new_candidate, name_rarity, shared_number, ruled or number_of_withdrawn", is_required=True),
        Field("records", COUNT, "Số bản ghi", "Records looked at for it", is_required=True),
    ),
    ("run_id", "reason"),
    rows=Rows.everyone,
)
DIFFERENCE = Table(
    "difference", "identity", "Khác biệt khi liên kết lại", "What a re-link changes: one row for each kind of change and reason",
    (
        RUN_ID,
        Field("kind", TEXT, "Loại", "kept, moved, split or merged", is_required=True),
        Field("reason", TEXT, "Lý do", "The rule that linked before, and the one that does now; empty for who only gains or keeps", is_required=True),
        Field("persons", COUNT, "Số người", "Persons before the re-link", is_required=True),
        Field("records", COUNT, "Số bản ghi", "Their records", is_required=True),
    ),
    ("run_id", "kind", "reason"),
    rows=Rows.everyone,
)
DRIFT = Table(
    "drift", "identity", "Độ trôi", "How the links of a build are spread: one row for each measure, name and part",
    (
        RUN_ID,
        Field("measure", TEXT, "Phép đo", "level (of a field), score (whole bits) or decision (of a sender's records)", is_required=True),
        Field("name", TEXT, "Tên", "The field, or the sender", is_required=True),
        Field("part", TEXT, "Phần", "The level, the bits or the decision", is_required=True),
        Field("records", COUNT, "Số bản ghi", "Records", is_required=True),
    ),
    ("run_id", "measure", "name", "part"),
    rows=Rows.everyone,
)
REGISTER_VERSION = Table(
    "register_version", "identity", "Phiên bản dân cư", "One row for each register file loaded",
    (
        Field("register_version", pa.int32(), "Phiên bản", "Counts from 1", is_required=True),
        Field("sha256", TEXT, "Mã băm tệp", "SHA-256 of the file", is_required=True),
        Field("kind", TEXT, "Loại", "snapshot or delta", is_required=True),
        Field("as_of_date", DATE, "Tính đến ngày", "The day that the file describes", is_required=True),
        Field("rows_in", COUNT, "Số dòng", "Rows in the file", is_required=True),
        Field("persons", COUNT, "Số người", "Persons after it", is_required=True),
        Field("loaded_at", MOMENT, "Nạp lúc", "When it was loaded", is_required=True),
    ),
    ("register_version",),
    rows=Rows.everyone,
)
REGISTER_IDENTIFIER = Table(
    "register_identifier", "identity", "Số định danh đã và đang dùng", "Every citizen ID that the register gave a person; unique among active ones",
    (
        Field("person_id", pa.int64(), "Mã người", "The person", references="person.person_id", is_required=True),
        Field("national_id", TEXT, "Số định danh", "Citizen ID", IDENTIFYING, is_required=True),
        Field("is_active", pa.bool_(), "Đang dùng", "False once cancelled or re-issued", is_required=True),
        Field("register_version", pa.int32(), "Phiên bản", "The version that last said so", references="register_version.register_version", is_required=True),
    ),
    ("person_id", "national_id_hash"),
    rows=Rows.person,
    looked_up=("national_id",),
)
REGISTER_STANDING = Table(
    "register_standing", "identity", "Lời cuối của dân cư về mỗi mã", "What the register last said of each of its numbers, and when: an older statement never overwrites a newer one",
    (
        Field("person_id", pa.int64(), "Mã người", "The person", references="person.person_id", is_required=True),
        Field("stated_key", pa.int64(), "Thứ tự", "When it was said: the file's day (days since 1900-01-01) times 100,000 plus the day of the change", is_required=True),
        Field("content_hash", pa.int64(), "Mã băm nội dung", "Over what was said: decides between two statements of one day, whichever came first", is_required=True),
        Field("is_absent", pa.bool_(), "Vắng mặt", "The newest snapshot, which is newer, does not name the person", is_required=True),
        Field("live_key", pa.int64(), "Thứ tự khi còn hiệu lực", "When it was last said that the number is somebody's; empty where the last statement says so"),
        Field("merged_into", pa.int64(), "Đã hợp nhất vào", "The number that the same person keeps", references="person.person_id"),
    ),
    ("person_id",),
    rows=Rows.person,
)
REGISTER_MERGE = Table(
    "register_merge", "identity", "Hợp nhất mã người", "Every statement of the register that two of its numbers are one person",
    (
        Field("person_id", pa.int64(), "Mã bỏ", "The number that was merged away", references="person.person_id", is_required=True),
        Field("kept_id", pa.int64(), "Mã giữ", "The number that is kept", references="person.person_id", is_required=True),
        Field("stated_key", pa.int64(), "Thứ tự", "When it was last said, as in `register_standing`", is_required=True),
        Field("register_version", pa.int32(), "Phiên bản", "The version that last said so", references="register_version.register_version", is_required=True),
    ),
    ("person_id", "kept_id"),
    rows=Rows.person,
)
PERSON = Table(
    "person", "identity", "Người", "Everyone whom a link or a book may name",
    (
        Field("person_id", pa.int64(), "Mã người", "Positive: the register's number. Negative: provisional, derived from the person's records", is_required=True),
        Field("is_provisional", pa.bool_(), "Tạm thời", "Not found in the register", is_required=True),
    ),
    ("person_id",),
    rows=Rows.person,
)
REVIEW_SAMPLE = Table(
    "review_sample", "identity", "Mẫu xem xét lại", "One row for each pair that was drawn for a blind review; added to and never changed",
    (
        Field("sample_id", pa.int64(), "Số mẫu", "Number of the sample", is_required=True),
        RECORD_ID,
        Field("person_id", pa.int64(), "Mã người", "The person whom the record is held against", references="person.person_id", is_required=True),
        Field("stratum", TEXT, "Tầng", "sure, near_threshold, other_match or reviewed", is_required=True),
        Field("stratum_records", COUNT, "Số bản ghi của tầng", "Records from which those of the stratum were drawn", is_required=True),
        Field("seed", pa.int64(), "Hạt giống", "The same seed over the same links draws the same sample", is_required=True),
        Field("model_version", TEXT, "Phiên bản mô hình", "The model whose links are judged", is_required=True),
        Field("actor", TEXT, "Ai rút", "Who drew it", is_required=True),
        Field("drawn_at", MOMENT, "Rút lúc", "When it was drawn", is_required=True),
    ),
    ("sample_id", "record_id"),
    rows=Rows.person,
)
RULING = Table(
    "ruling", "identity", "Phán quyết của người xem xét", "What a reviewer decided of a record and a person; added to and never changed: a later ruling of the same pair counts",
    (
        Field("ruling_id", pa.int64(), "Số phán quyết", "Number of the ruling", is_required=True),
        RECORD_ID,
        Field("person_id", pa.int64(), "Mã người", "The person ruled on", references="person.person_id", is_required=True),
        Field("verdict", TEXT, "Phán quyết", "same, different, cannot_tell, or split: the record is not this person's, to whom it is linked", is_required=True),
        Field("reason", TEXT, "Lý do", "Code of the reason", is_required=True),
        Field("note", TEXT, "Ghi chú", "The reviewer's own words, which may name somebody", IDENTIFYING),
        Field("is_blind", pa.bool_(), "Xem xét độc lập", "Ruled without seeing what engine or others decided; measures, and does not bind", is_required=True),
        Field("sample_id", pa.int64(), "Số mẫu", "The sample of a blind ruling"),
        Field("link_decision", TEXT, "Quyết định trước đó", "What stood of the record: match, review or none", is_required=True),
        Field("link_rule", TEXT, "Quy tắc trước đó", "By which rule", is_required=True),
        Field("score", pa.float64(), "Trọng số", "Weight of the pair, log2; empty where it was not weighed"),
        Field("lead", pa.float64(), "Cách biệt", "Its lead over the best other candidate, log2; empty without another"),
        Field("vector", pa.int64(), "Véc-tơ so sánh", "How record and person agree, packed"),
        Field("rival_vector", pa.int64(), "Véc-tơ của ứng viên kia", "How record and the best other candidate agree"),
        Field("model_version", TEXT, "Phiên bản mô hình", "The model that gave score and vector", is_required=True),
        Field("actor", TEXT, "Ai quyết định", "The reviewer's account", is_required=True),
        Field("decided_at", MOMENT, "Quyết định lúc", "When", is_required=True),
        Field("undoes_ruling_id", pa.int64(), "Rút lại phán quyết", "The ruling that this one takes back as if it had not been; empty for all others", references="ruling.ruling_id"),
    ),
    ("ruling_id",),
    rows=Rows.person,
)
LINK = Table(
    "link", "identity", "Liên kết bản ghi với người", "Which record is whose, from when to when; opened and closed, never overwritten",
    (
        Field("link_id", pa.int64(), "Số liên kết", "Number of the link", is_required=True),
        RECORD_ID, PERSON_ID,
        Field("decision", TEXT, "Quyết định", "match, review (waits for a reviewer, provisional meanwhile) or none", is_required=True),
        Field("rule", TEXT, "Quy tắc", "The deterministic rule, or `weight`", is_required=True),
        Field("score", pa.float64(), "Trọng số", "Match weight of the best candidate, log2"),
        Field("candidate_person_id", pa.int64(), "Ứng viên", "Best candidate in the register, whatever was decided", references="person.person_id"),
        Field("runner_up_person_id", pa.int64(), "Ứng viên thứ hai", "Second-best candidate", references="person.person_id"),
        Field("runner_up_score", pa.float64(), "Trọng số thứ hai", "Its weight, log2"),
        Field("model_version", TEXT, "Phiên bản mô hình", "Version of the linkage model", is_required=True),
        Field("opened_run_id", pa.int64(), "Mở bởi lần dựng", "The build that opened it; empty where a ruling did", references="run.run_id"),
        Field("opened_at", MOMENT, "Mở lúc", "From when we believed it", is_required=True),
        Field("closed_run_id", pa.int64(), "Đóng bởi lần dựng", "The build that closed it; empty while open, or where a ruling did", references="run.run_id"),
        Field("closed_at", MOMENT, "Đóng lúc", "Until when we believed it; empty while open"),
        Field("actor", TEXT, "Ai quyết định", "`engine`, or the reviewer's account", is_required=True),
        Field("vector", pa.int64(), "Véc-tơ so sánh", "How record and best candidate agree, field by field, packed; empty for a sure link"),
        Field("runner_up_vector", pa.int64(), "Véc-tơ thứ hai", "How record and second-best candidate agree"),
        Field("opened_ruling_id", pa.int64(), "Mở bởi phán quyết", "The reviewer's ruling that opened it", references="ruling.ruling_id"),
        Field("closed_ruling_id", pa.int64(), "Đóng bởi phán quyết", "The reviewer's ruling that closed it", references="ruling.ruling_id"),
    ),
    ("link_id",),
    rows=Rows.person,
)
FIELD_VALUE = Table(
    "field_value", "book", "Giá trị và nguồn của từng trường", "One row for each person, field and distinct value: where each value of a book comes from, the one shown and the others",
    (
        PERSON_ID,
        Field("field_name", TEXT, "Trường", "Field of the health book", is_required=True),
        Field("value_rank", pa.int32(), "Thứ hạng", "1 is the value shown; the rest are kept: further phones and addresses, conflicts", is_required=True),
        Field("value", TEXT, "Giá trị", "The value as text", IDENTIFYING, is_required=True, named_by="field_name"),
        Field("rule", TEXT, "Quy tắc chọn", "register, verified, newest or most_frequent", is_required=True),
        Field("record_count", pa.int32(), "Số bản ghi", "Records that state it", is_required=True),
        Field("as_of_date", DATE, "Ngày của thông tin", "The newest day on which one stated it", PERSONAL),
        Field("record_id", pa.int64(), "Mã bản ghi", "The newest record that states it, a verified one first; empty where the register alone does", references="person_record.record_id"),
        Field("batch_id", pa.int64(), "Lô dữ liệu", "Batch of that record", references="batch.batch_id"),
        Field("row_no", pa.int32(), "Số dòng", "Row of that record in its file"),
        Field("register_version", pa.int32(), "Phiên bản dân cư", "The register version that states it", references="register_version.register_version"),
        Field("first_on", DATE, "Lần đầu", "The first day on which a record stated it", PERSONAL),
        Field("is_verified", pa.bool_(), "Đã đối chiếu", "A record states it that gives the citizen ID and the birth date which the register has of the person", is_required=True),
        Field("is_conflicting", pa.bool_(), "Mâu thuẫn", "The register or another verified record states something else, of a field that has one value for life: for a steward", is_required=True),
        Field("sender_codes", pa.list_(TEXT), "Các đơn vị nêu", "Who states it, in the order of their codes"),
    ),
    ("person_id", "field_name", "value_rank"),
    rows=Rows.person,
)
