"""What happened to a person: encounters and what they hold; from each source row into the book."""

import pyarrow as pa

from etl.contracts.fields import Field, Privacy, Rows, Table
from etl.contracts.people import BATCH_ID, PERSON_ID, RECORD_ID, ROW_NO

HEALTH, PERSONAL = Privacy.health, Privacy.personal
LINE_NO = Field("line_no", pa.int32(), "Số thứ tự trong hồ sơ", "Counts the lines of this table within one source record, from 1", is_required=True)
IS_RESTRICTED = Field("is_restricted", pa.bool_(), "Thông tin bảo mật theo luật", "HIV data: never in a general view or export", HEALTH)
LINEAGE = (PERSON_ID, RECORD_ID, BATCH_ID, ROW_NO)
LINE = (*LINEAGE, LINE_NO)
TEXT, NUMBER, DATE, MOMENT = pa.string(), pa.float64(), pa.date32(), pa.timestamp("us")

ENCOUNTER = Table(
    "encounter", "book",
    "Lượt khám, chữa bệnh hoặc khám sức khỏe", "One row for each visit, stay or health check",
    (
        *LINEAGE,
        Field("facility_code", TEXT, "Cơ sở khám chữa bệnh", "Facility, five digits", PERSONAL, ("MA_CSKCB",), references="facility.facility_code"),
        Field("source_encounter_id", TEXT, "Mã lượt khám tại cơ sở", "The facility's own number of the visit", Privacy.identifying, ("MA_LK",)),
        Field("visit_type_code", TEXT, "Loại khám chữa bệnh", "Kind of visit (01 outpatient … 03 inpatient; KSK health check)", PERSONAL, ("MA_LOAI_KCB",)),
        Field("started_at", MOMENT, "Thời điểm vào", "Start, local time; 00:00 where only the day is known", PERSONAL, ("NGAY_VAO", "Ngày khám")),
        Field("ended_at", MOMENT, "Thời điểm ra", "End, local time", PERSONAL, ("NGAY_RA",)),
        Field("reason", TEXT, "Lý do vào viện", "Why the person came", HEALTH, ("LY_DO_VV", "Lý do khám")),
        Field("main_icd10_code", TEXT, "Mã bệnh chính", "Main diagnosis, ICD-10", HEALTH, ("MA_BENH_CHINH",)),
        Field("diagnosis_text", TEXT, "Chẩn đoán ra viện", "Diagnosis in words at the end of the visit", HEALTH, ("CHAN_DOAN_RV", "Kết luận", "Chẩn đoán")),
        Field("outcome_code", TEXT, "Kết quả điều trị", "Outcome of treatment", HEALTH, ("KET_QUA_DTRI",)),
        Field("discharge_code", TEXT, "Loại ra viện", "Kind of discharge", HEALTH, ("MA_LOAI_RV",)),
        Field("department_code", TEXT, "Khoa", "Department", PERSONAL, ("MA_KHOA",)),
        Field("clinician_code", TEXT, "Người hành nghề", "Clinician who signed", PERSONAL, ("MA_TTDV", "MA_BAC_SI")),
        Field("discharge_note", TEXT, "Lời dặn khi ra viện", "Advice at discharge (XML7)", HEALTH, ("GHI_CHU",)),
        IS_RESTRICTED,
        Field("clinical_course", TEXT, "Diễn biến và tóm tắt", "Course of the illness and summary, in words, each with its time (XML5, XML8, XML13)", HEALTH),
        Field("referred_to_code", TEXT, "Nơi chuyển đến", "Facility that the person was referred to, five digits (XML1, XML13)", PERSONAL, ("MA_NOI_DEN",)),
        Field("follow_up_on", DATE, "Ngày hẹn khám lại", "Day on which the person was asked to come again (XML1, XML14)", PERSONAL, ("NGAY_HEN_KL", "NGAY_TAI_KHAM")),
    ),
    ("person_id", "record_id"),
    rows=Rows.person,
)
DIAGNOSIS = Table(
    "diagnosis", "book", "Chẩn đoán", "One row for each diagnosis of an encounter",
    (
        *LINE,
        Field("icd10_code", TEXT, "Mã ICD-10", "ICD-10 code as sent, upper case", HEALTH, ("MA_BENH", "Mã bệnh", "MA_BENH_KT"), is_required=True),
        Field("is_main", pa.bool_(), "Bệnh chính", "Main diagnosis of the encounter", HEALTH),
        Field("diagnosed_on", DATE, "Ngày chẩn đoán", "Day of the encounter's end or of the statement", HEALTH),
        IS_RESTRICTED,
    ),
    ("person_id", "record_id", "line_no"),
    rows=Rows.person,
)
MEDICATION = Table(
    "medication", "book", "Thuốc", "One row for each drug line of an encounter (XML2)",
    (
        *LINE,
        Field("drug_code", TEXT, "Mã thuốc", "Drug code", HEALTH, ("MA_THUOC",)),
        Field("drug_name", TEXT, "Tên thuốc", "Drug name as sent", HEALTH, ("TEN_THUOC",), is_required=True),
        Field("strength", TEXT, "Hàm lượng", "Strength", HEALTH, ("HAM_LUONG",)),
        Field("dosage", TEXT, "Liều dùng", "Dosage", HEALTH, ("LIEU_DUNG",)),
        Field("route_code", TEXT, "Đường dùng", "Route of administration", HEALTH, ("DUONG_DUNG",)),
        Field("unit", TEXT, "Đơn vị tính", "Unit", HEALTH, ("DON_VI_TINH",)),
        Field("quantity", NUMBER, "Số lượng", "Quantity, in `unit`", HEALTH, ("SO_LUONG",)),
        Field("prescribed_at", MOMENT, "Ngày y lệnh", "When it was ordered, local time", HEALTH, ("NGAY_YL",)),
        IS_RESTRICTED,
    ),
    ("person_id", "record_id", "line_no"),
    rows=Rows.person,
)
SERVICE = Table(
    "service", "book", "Dịch vụ kỹ thuật và vật tư", "One row for each service or device of an encounter (XML3)",
    (
        *LINE,
        Field("service_code", TEXT, "Mã dịch vụ", "Service code", HEALTH, ("MA_DICH_VU", "MA_VAT_TU")),
        Field("service_name", TEXT, "Tên dịch vụ", "Service name", HEALTH, ("TEN_DICH_VU", "TEN_VAT_TU"), is_required=True),
        Field("quantity", NUMBER, "Số lượng", "Quantity", HEALTH, ("SO_LUONG",)),
        Field("ordered_at", MOMENT, "Ngày y lệnh", "When it was ordered, local time", HEALTH, ("NGAY_YL",)),
        Field("done_at", MOMENT, "Ngày có kết quả", "When its result came, local time", HEALTH, ("NGAY_KQ",)),
        IS_RESTRICTED,
    ),
    ("person_id", "record_id", "line_no"),
    rows=Rows.person,
)
LAB_RESULT = Table(
    "lab_result", "book", "Kết quả cận lâm sàng", "One row for each result (XML4, health-check workbook)",
    (
        *LINE,
        Field("service_code", TEXT, "Mã dịch vụ", "The service that gave the result", HEALTH, ("MA_DICH_VU",)),
        Field("test_code", TEXT, "Mã chỉ số", "Code of the indicator", HEALTH, ("MA_CHI_SO",)),
        Field("test_name", TEXT, "Tên chỉ số", "Name of the indicator", HEALTH, ("TEN_CHI_SO",), is_required=True),
        Field("value_text", TEXT, "Giá trị", "Value as sent", HEALTH, ("GIA_TRI",)),
        Field("value_number", NUMBER, "Giá trị số", "Value as a number, in `unit`, where it is one", HEALTH),
        Field("unit", TEXT, "Đơn vị", "Unit", HEALTH, ("DON_VI_DO",)),
        Field("conclusion", TEXT, "Kết luận", "Conclusion in words", HEALTH, ("KET_LUAN", "MO_TA")),
        Field("result_at", MOMENT, "Ngày kết quả", "When the result came, local time", HEALTH, ("NGAY_KQ",)),
        IS_RESTRICTED,
    ),
    ("person_id", "record_id", "line_no"),
    rows=Rows.person,
)
VITAL_SIGN = Table(
    "vital_sign", "book", "Chỉ số sinh tồn và thể lực", "One row for each measurement",
    (
        *LINE,
        Field("sign", TEXT, "Chỉ số", "height, weight, systolic, diastolic, pulse or temperature", HEALTH, is_required=True),
        Field("value_number", NUMBER, "Giá trị", "Value in `unit`", HEALTH),
        Field("unit", TEXT, "Đơn vị", "cm, kg, mmHg, /min or °C", HEALTH),
        Field("measured_on", DATE, "Ngày đo", "Day of measurement", HEALTH),
    ),
    ("person_id", "record_id", "line_no"),
    rows=Rows.person,
)
IMMUNISATION = Table(
    "immunisation", "book", "Tiêm chủng", "One row for each dose",
    (
        *LINE,
        Field("vaccine_code", TEXT, "Mã vắc xin", "Vaccine code as sent", HEALTH, ("Mã vắc xin",)),
        Field("vaccine_name", TEXT, "Tên vắc xin", "Vaccine name as sent", HEALTH, ("Tên vắc xin", "Vắc xin", "Tiêm chủng"), is_required=True),
        Field("dose_no", pa.int32(), "Mũi số", "Number of the dose", HEALTH, ("Mũi số", "Mũi tiêm")),
        Field("given_on", DATE, "Ngày tiêm", "Day of the dose", HEALTH, ("Ngày tiêm",)),
    ),
    ("person_id", "record_id", "line_no"),
    rows=Rows.person,
)
ALLERGY = Table(
    "allergy", "book", "Dị ứng", "One row for each allergy, or one that says there is none",
    (
        *LINE,
        Field("substance", TEXT, "Dị nguyên", "What the person is allergic to; empty where none is known", HEALTH, ("Dị ứng", "Tiền sử dị ứng", "DI_UNG")),
        Field("is_none_known", pa.bool_(), "Không có dị ứng", "The source asked and found none: not the same as not asked", HEALTH),
        Field("stated_on", DATE, "Ngày ghi nhận", "Day of the statement", HEALTH),
    ),
    ("person_id", "record_id", "line_no"),
    rows=Rows.person,
)
HISTORY = Table(
    "history", "book", "Tiền sử và yếu tố nguy cơ", "One row for each statement on past disease, family, risk, disability, surgery or reproduction",
    (
        *LINE,
        Field("kind", TEXT, "Loại", "disease, family, smoking, alcohol, activity, disability, surgery or reproductive", HEALTH, is_required=True),
        Field("statement", TEXT, "Nội dung", "What was said, as sent", HEALTH, ("Tiền sử bệnh", "Bệnh mãn tính", "Bệnh mạn tính", "Tiền sử bệnh tật", "TIEN_SU_BENH")),
        Field("icd10_code", TEXT, "Mã ICD-10", "ICD-10 code where one was given", HEALTH),
        Field("is_none_known", pa.bool_(), "Không có", "The source asked and found none", HEALTH),
        Field("stated_on", DATE, "Ngày ghi nhận", "Day of the statement", HEALTH),
        IS_RESTRICTED,
    ),
    ("person_id", "record_id", "line_no"),
    rows=Rows.person,
)

EVENT_TABLES = (ENCOUNTER, DIAGNOSIS, MEDICATION, SERVICE, LAB_RESULT, VITAL_SIGN, IMMUNISATION, ALLERGY, HISTORY)
"""What a source may bring beside its person records; each is published in the book with the person found."""
