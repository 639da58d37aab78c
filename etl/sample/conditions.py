"""Why people come to a hospital, and what is done then: diagnoses with their drugs, services and results."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Drug:
    """One drug line: code, name, strength, unit, dosage, quantity, price in đồng, route (1.01 by mouth)."""

    code: str
    name: str
    strength: str
    unit: str
    dosage: str
    quantity: int
    price: int
    route: str = "1.01"


@dataclass(frozen=True)
class Test:
    """One service (code, name, price) and its result (code, name, unit, low and high value, decimals)."""

    code: str
    name: str
    price: int
    indicator: str
    label: str
    unit: str
    low: float
    high: float
    decimals: int = 1


@dataclass(frozen=True)
class Condition:
    """One main diagnosis: whom it fits (ages in years, sex 0 any), how often, and what is done."""

    icd10: str
    name: str
    weight: int
    ages: tuple[int, int] = (0, 120)
    sex: int = 0
    is_stay: bool = False
    others: str = ""
    drugs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


DRUGS = {
    drug.code: drug
    for drug in (
        Drug("40.492", "Amlodipin", "5mg", "Viên", "1 viên/lần x 1 lần/ngày", 30, 450),
        Drug("40.807", "Metformin", "850mg", "Viên", "1 viên/lần x 2 lần/ngày", 60, 620),
        Drug("40.2", "Paracetamol", "500mg", "Viên", "1 viên/lần khi sốt trên 38,5 độ", 10, 250),
        Drug("40.155", "Amoxicilin", "500mg", "Viên", "1 viên/lần x 3 lần/ngày", 21, 900),
        Drug("40.677", "Omeprazol", "20mg", "Viên", "1 viên/lần x 1 lần/ngày", 28, 780),
        Drug("40.980", "Salbutamol", "100mcg/liều", "Bình", "2 nhát/lần khi khó thở", 1, 76000, "5.08"),
        Drug("40.549", "Atorvastatin", "20mg", "Viên", "1 viên/lần x 1 lần/ngày", 30, 1100),
        Drug("40.30.1", "Ibuprofen", "400mg", "Viên", "1 viên/lần x 2 lần/ngày", 14, 560),
        Drug("40.184", "Ceftriaxon", "1g", "Lọ", "1 lọ/lần x 2 lần/ngày", 10, 9800, "2.15"),
        Drug("40.1015", "Natri clorid 0,9%", "500ml", "Chai", "1 chai/ngày", 3, 8200, "2.15"),
    )
}
TESTS = {
    test.code: test
    for test in (
        Test("22.0120.1370", "Tổng phân tích tế bào máu ngoại vi", 46200, "WBC", "Số lượng bạch cầu", "G/L", 4.2, 10.8),
        Test("23.0075.1494", "Định lượng Glucose", 21500, "GLU", "Glucose", "mmol/L", 4.1, 9.8),
        Test("23.0083.1523", "Định lượng HbA1c", 101000, "HBA1C", "HbA1c", "%", 5.0, 9.5),
        Test(
            "23.0041.1506",
            "Định lượng Cholesterol toàn phần",
            26900,
            "CHOL",
            "Cholesterol toàn phần",
            "mmol/L",
            3.2,
            7.1,
        ),
        Test("23.0051.1494", "Định lượng Creatinin", 21500, "CREA", "Creatinin", "µmol/L", 48, 112, 0),
        Test("22.0121.1369", "Định lượng huyết sắc tố", 40400, "HGB", "Huyết sắc tố", "g/L", 105, 162, 0),
    )
}
_BLOOD, _GLUCOSE, _HBA1C, _FAT, _KIDNEY, _IRON = TESTS
CONDITIONS = (
    Condition("I10", "Tăng huyết áp nguyên phát", 150, (35, 120), others="E78", drugs=("40.492",), tests=(_KIDNEY,)),
    Condition(
        "E11.9",
        "Đái tháo đường type 2 không biến chứng",
        80,
        (35, 120),
        others="I10",
        drugs=("40.807",),
        tests=(_GLUCOSE, _HBA1C),
    ),
    Condition("E78", "Rối loạn chuyển hóa lipoprotein", 50, (35, 120), drugs=("40.549",), tests=(_FAT,)),
    Condition("J06.9", "Nhiễm khuẩn đường hô hấp trên cấp", 170, drugs=("40.2", "40.155")),
    Condition("J18.9", "Viêm phổi", 50, is_stay=True, drugs=("40.184", "40.2"), tests=(_BLOOD,)),
    Condition("J20", "Viêm phế quản cấp", 70, (0, 70), drugs=("40.155",), tests=(_BLOOD,)),
    Condition("J45.9", "Hen phế quản", 25, (3, 80), drugs=("40.980",)),
    Condition("K29.7", "Viêm dạ dày", 70, (14, 100), drugs=("40.677",)),
    Condition("K35.8", "Viêm ruột thừa cấp", 15, (6, 80), is_stay=True, drugs=("40.184", "40.1015"), tests=(_BLOOD,)),
    Condition("A09", "Tiêu chảy và viêm dạ dày ruột", 50, (0, 90), drugs=("40.2",), tests=(_BLOOD,)),
    Condition("A97.9", "Sốt xuất huyết Dengue", 40, (2, 90), is_stay=True, drugs=("40.2", "40.1015"), tests=(_BLOOD,)),
    Condition("M54.5", "Đau lưng", 60, (20, 100), drugs=("40.30.1",)),
    Condition("M17", "Thoái hóa khớp gối", 40, (45, 120), drugs=("40.30.1",)),
    Condition("H10.9", "Viêm kết mạc", 25),
    Condition("K02.9", "Sâu răng", 45, (3, 100)),
    Condition("S52.5", "Gãy đầu dưới xương quay", 20, (5, 100), is_stay=True, drugs=("40.2",), tests=(_BLOOD,)),
    Condition("O80", "Đẻ thường một thai", 60, (19, 42), 2, is_stay=True, drugs=("40.2",), tests=(_IRON,)),
    Condition("Z34.9", "Khám thai", 90, (19, 42), 2, tests=(_IRON,)),
    Condition("N76.0", "Viêm âm đạo cấp", 30, (18, 70), 2, drugs=("40.155",)),
    Condition("N40", "Tăng sản tuyến tiền liệt", 40, (50, 120), 1, tests=(_KIDNEY,)),
    Condition("B18.1", "Viêm gan virus B mạn", 25, (18, 90), tests=(_BLOOD,)),
    Condition("P59.9", "Vàng da sơ sinh", 900, (0, 0), is_stay=True, tests=(_BLOOD,)),
    Condition("B20", "Bệnh HIV dẫn đến bệnh nhiễm trùng", 3, (18, 70), tests=(_BLOOD,)),
    Condition(
        "I63.9",
        "Nhồi máu não",
        20,
        (50, 120),
        is_stay=True,
        others="I10;E11.9",
        drugs=("40.1015", "40.549"),
        tests=(_GLUCOSE, _FAT),
    ),
    Condition("Z00.0", "Khám sức khỏe tổng quát", 30, (1, 120), tests=(_GLUCOSE,)),
)
