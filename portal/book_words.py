"""Words of a health book: what its codes, rules, sections and states are called in both languages."""

from etl.contracts import Table

Words = dict[str, tuple[str, str]]

RULES: Words = {
    "register": ("theo cơ sở dữ liệu dân cư", "the population register states it"),
    "verified": ("nguồn đã đối chiếu giấy tờ", "a source that had the card before it"),
    "newest": ("thông tin mới nhất", "the newest statement"),
    "most_frequent": ("nhiều bản ghi nêu nhất", "most records state it"),
    "none": ("chưa rõ nguồn", "no source is known"),
}
VISIT_RULES: Words = {
    "same_number": ("cùng cơ sở và mã lượt khám", "same facility and visit number"),
    "same_day": ("cùng cơ sở, cùng ngày, cùng nội dung", "same facility, day and content"),
}
DECISIONS: Words = {
    "rule": ("ghép tự động theo quy tắc chắc chắn", "linked automatically by a sure rule"),
    "weight": ("ghép tự động theo độ giống", "linked automatically by likeness"),
    "reviewer": ("do người xem xét quyết định", "decided by a reviewer"),
    "waiting": ("chờ người xem xét", "waiting for a reviewer"),
    "alone": ("chưa có trong cơ sở dữ liệu dân cư", "not in the population register yet"),
}
VALUES: dict[str, Words] = {
    "sex": {
        "male": ("Nam", "Male"),
        "female": ("Nữ", "Female"),
        "undetermined": ("Chưa xác định", "Undetermined"),
    },
    "status": {
        "resident": ("Đang cư trú", "Resident"),
        "moved_away": ("Đã chuyển đi", "Moved away"),
        "deceased": ("Đã mất", "Deceased"),
        "cancelled": ("Đã hủy trong dân cư", "Cancelled by the register"),
        "provisional": ("Tạm thời, chưa có trong dân cư", "Provisional: the register does not know the person"),
    },
    "sign": {
        "height": ("Chiều cao", "Height"),
        "weight": ("Cân nặng", "Weight"),
        "systolic": ("Huyết áp tâm thu", "Systolic pressure"),
        "diastolic": ("Huyết áp tâm trương", "Diastolic pressure"),
        "pulse": ("Mạch", "Pulse"),
        "temperature": ("Nhiệt độ", "Temperature"),
    },
    "visit_type_code": {
        "01": ("Khám bệnh", "Outpatient visit"),
        "02": ("Điều trị ngoại trú", "Outpatient treatment"),
        "03": ("Điều trị nội trú", "Inpatient stay"),
        "KSK": ("Khám sức khỏe", "Health check"),
    },
    "nationality_code": {"000": ("Việt Nam", "Viet Nam")},
    "occupation_code": {"00000": ("Không khai", "Not stated")},
}
SECTIONS: Words = {
    "allergy": ("Dị ứng", "Allergies"),
    "vaccination": ("Tiêm chủng", "Immunisations"),
    "disease": ("Bệnh đã và đang mắc", "Diseases"),
    "family": ("Tiền sử gia đình", "Family history"),
    "smoking": ("Hút thuốc", "Smoking"),
    "alcohol": ("Rượu, bia", "Alcohol"),
    "activity": ("Vận động thể lực", "Physical activity"),
    "disability": ("Khuyết tật", "Disability"),
    "surgery": ("Phẫu thuật", "Surgery"),
    "reproductive": ("Sức khỏe sinh sản", "Reproductive health"),
}
STATES: Words = {
    "filled": ("Có nội dung", "Filled"),
    "none_known": ("Đã hỏi, không có", "Asked, none known"),
    "not_asked": ("Chưa hỏi", "Not asked"),
}
TABLES: Words = {
    "encounter": ("Lượt khám, chữa bệnh", "Visits and stays"),
    "diagnosis": ("Chẩn đoán", "Diagnoses"),
    "medication": ("Thuốc", "Medicines"),
    "service": ("Dịch vụ kỹ thuật, vật tư", "Services and devices"),
    "lab_result": ("Kết quả cận lâm sàng", "Test results"),
    "vital_sign": ("Chỉ số sinh tồn, thể lực", "Vital signs"),
    "immunisation": ("Tiêm chủng", "Immunisations"),
    "allergy": ("Dị ứng", "Allergies"),
    "history": ("Tiền sử và yếu tố nguy cơ", "History and risks"),
}
ENGLISH = {
    "national_id": "Citizen ID", "old_id": "Old identity card", "insurance_no": "Insurance number",
    "main_icd10_code": "Main diagnosis", "icd10_code": "ICD-10 code", "lab_result": "Test result", "ward_code": "Ward",
    "facility_code": "Facility", "visit_type_code": "Kind of visit", "ethnic_code": "Ethnic group",
    "nationality_code": "Nationality", "occupation_code": "Occupation", "status": "Residence",
}  # fmt: skip


def heading(table: Table, name: str) -> tuple[str, str]:
    """What a field is called."""
    return table[name].vi, ENGLISH.get(name, name.replace("_", " ").capitalize())
