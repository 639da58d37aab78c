"""What hospitals send: envelopes of visits after QĐ 4750, their inner documents in base64."""

from base64 import b64encode
from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.sample import lists
from etl.sample import visit_parts as parts
from etl.sample.conditions import CONDITIONS, TESTS
from etl.sample.deliveries import Gather, gather_months
from etl.sample.planting import NOTHING, Planting
from etl.sample.rows import Rows, print_compact, split_days, spoil_rows, take_rows
from etl.sample.truth import Truth, state_truth

VISITS_A_FILE = 2_000
EXTRA_TAGS = (
    "",
    "",
    "<MA_NOI_BO_HIS>HIS-26</MA_NOI_BO_HIS>",
    "<PHIEN_BAN_PM>4.2</PHIEN_BAN_PM><KENH_DANG_KY>1</KENH_DANG_KY>",
)
"""Tags of a hospital's own software that QĐ 4750 does not know."""
SEX_CODES = {"Nam": "1", "Nữ": "2", None: "3"}
NEWBORN_DAYS = 28
OF_NEWBORNS, OF_INFANTS = (
    next(place for place, one in enumerate(CONDITIONS) if one.icd10 == code) for code in ("P59.9", "J06.9")
)


def write_hospital_xml(
    people: pa.Table,
    facility_code: str,
    who: np.ndarray,
    day: np.ndarray,
    rng: np.random.Generator,
    care: float,
    out: Path,
    gather: Gather = gather_months,
) -> list[Truth]:
    """Write the facility's envelopes under `out`, one for each delivery (or 2,000 visits); gives their truth.

    A few visits are delivered again in the next envelope.
    """
    order = np.lexsort((np.arange(len(day)), day))
    who, day = who[order], day[order]
    extra = EXTRA_TAGS[int(facility_code) % len(EXTRA_TAGS)]
    rows = take_rows(people, who, day, Planting(rng, len(who), care))
    visits = _write_visits(rows, facility_code, extra)
    again = np.zeros(len(who), dtype=bool)
    again[rows.planting.choose("row", "same_row_in_two_files", np.ones(len(who), dtype=bool))] = True
    truth, carried = [], np.array([], dtype=np.int64)
    for name, places in _cut_files(gather(day)):
        path = f"hospital_xml/CS{facility_code}/{name}.xml"
        listed = np.concatenate([carried, places])
        _write_envelope(out / path, facility_code, int(day[places[-1]]), [visits[place] for place in listed.tolist()])
        truth.append(_state(path, rows, listed, len(carried)))
        carried = places[again[places]]
    return truth


def _cut_files(deliveries: list[tuple[str, np.ndarray]]) -> list[tuple[str, np.ndarray]]:
    """File names with the places of their visits, by delivery and number."""
    return [
        (f"hoso_{name}_{number:02d}", places[start : start + VISITS_A_FILE])
        for name, places in deliveries
        for number, start in enumerate(range(0, len(places), VISITS_A_FILE), 1)
    ]


def choose_conditions(rng: np.random.Generator, age_days: np.ndarray, sex: np.ndarray) -> np.ndarray:
    """A condition that fits age and sex (1, 2), by weight: places in `CONDITIONS`."""
    age = age_days // 366
    fits = np.array([[one.weight, one.ages[0], one.ages[1], one.sex] for one in CONDITIONS])
    result = np.zeros(len(age), dtype=np.int64)
    key = np.minimum(age, 110) * 4 + sex
    for value in np.unique(key).tolist():
        years, one_sex = divmod(value, 4)
        weight = (
            fits[:, 0] * (fits[:, 1] <= years) * (years <= fits[:, 2]) * ((fits[:, 3] == 0) | (fits[:, 3] == one_sex))
        )
        mask = key == value
        result[mask] = rng.choice(len(CONDITIONS), int(mask.sum()), p=weight / weight.sum())
    # A disease of newborns is not one of infants.
    return np.where((age_days > NEWBORN_DAYS) & (result == OF_NEWBORNS), OF_INFANTS, result)


def _write_visits(rows: Rows, facility_code: str, extra: str) -> list[bytes]:
    """The HOSO element of every visit."""
    rng, count, text, planting = rows.planting.rng, len(rows.who), rows.text, rows.planting
    sex = np.where(text["sex"] == "Nam", 1, 2)
    condition = choose_conditions(rng, rows.age_days, sex)
    icd = np.array([CONDITIONS[one].icd10 for one in condition.tolist()], dtype=object)
    spoil_rows(rows, has_ward=True)
    is_passport = np.equal(text["national_id"], NOTHING) & np.not_equal(text["passport_no"], NOTHING)
    text["national_id"] = np.where(is_passport, text["passport_no"], text["national_id"])
    planting.change(
        icd, "icd10_code", "invalid_code", lambda _: lists.INVALID_CODES[rng.integers(len(lists.INVALID_CODES))]
    )
    stays = np.array([one.is_stay for one in CONDITIONS])[condition]
    nights = np.where(stays, rng.integers(2, 9, count), 0)
    start, end = rows.as_of - nights, rows.as_of.copy()
    start = np.maximum(start, rows.as_of - rows.age_days)
    nights = end - start
    minute = rng.integers(7 * 60, 15 * 60, count)
    swapped = planting.choose("ended_at", "discharge_before_admission", np.ones(count, dtype=bool))
    end[swapped] = start[swapped] - rng.integers(1, 20, len(swapped))
    planting.record("ended_at", "discharge_before_admission", swapped)
    began, left = _print_moments(start, minute), _print_moments(end, minute + 95)
    weight = np.round(np.clip(rng.normal(57, 8, count) - np.maximum(18 - rows.age_days / 365.25, 0) * 2.8, 3, 110), 1)
    chance = rng.random((count, 2))
    columns = zip(
        condition.tolist(),
        began,
        left,
        _print_moments(start, minute + 20),
        _print_moments(start, minute + 80),
        icd,
        nights.tolist(),
        (f"{value:.1f}" for value in weight.tolist()),
        print_compact(rows.day, rows.month, rows.year),
        (SEX_CODES[value] for value in text["sex"]),
        chance.tolist(),
        rng.integers(0, 40, count).tolist(),
        rows.who.tolist(),
        *(
            text[name]
            for name in (
                "full_name",
                "national_id",
                "blood_group",
                "nationality_code",
                "ethnic_code",
                "occupation_code",
                "address",
                "ward_code",
                "phone",
                "insurance_card",
            )
        ),
        strict=True,
    )
    return [_write_visit(facility_code, extra, number, *values) for number, values in enumerate(columns, 1)]


def _print_moments(day: np.ndarray, minute: np.ndarray) -> list[str]:
    """yyyymmddHHMM."""
    dates = print_compact(*split_days(day))
    return [f"{date}{at // 60:02d}{at % 60:02d}" for date, at in zip(dates, minute.tolist(), strict=True)]


def _write_visit(
    facility_code: str,
    extra: str,
    number: int,
    place: int,
    began: str,
    left: str,
    ordered: str,
    resulted: str,
    icd: str,
    nights: int,
    weight: str,
    birth: str,
    sex: str,
    chance: list[float],
    clinician: int,
    who: int,
    name: str,
    cccd: str | None,
    blood: str,
    nation: str,
    ethnic: str,
    work: str,
    address: str,
    ward: str,
    phone: str | None,
    card: str | None,
) -> bytes:
    """One HOSO: the summary and whatever else the visit has."""
    condition = CONDITIONS[place]
    keys = {
        "lk": f"{facility_code}26{number:07d}",
        "yl": ordered,
        "kq": resulted,
        "bs": f"0{facility_code}{clinician:03d}",
        "khoa": "K03" if condition.is_stay else "K01",
        "vao": began,
        "ra": left,
        "ngay": left[:8],
    }
    for at, code in enumerate(condition.tests):
        test = TESTS[code]
        keys[f"v{at}"] = f"{test.low + chance[at] * (test.high - test.low):.{test.decimals}f}"
    summary = parts.template_xml1(condition, card is not None, extra).format(
        **keys,
        bn=f"BN{facility_code}{who:08d}",
        name=name,
        cccd=cccd or "",
        birth=f"{birth}0000",
        sex=sex,
        blood=blood,
        nation=nation,
        ethnic=ethnic,
        work=work,
        address=address,
        ward=ward,
        phone=phone or "",
        card=card or "",
        icd=icd,
        stay=max(nights, 1),
        outcome="1" if nights else "2",
        leave="1",
        month=int(left[4:6]),
        facility=facility_code,
        weight=weight,
    )
    documents = [("XML1", summary)]
    for kind, template in (
        ("XML2", parts.template_xml2),
        ("XML3", parts.template_xml3),
        ("XML4", parts.template_xml4),
        ("XML5", parts.template_xml5),
        ("XML7", parts.template_xml7),
    ):
        text = template(condition)
        if text:
            documents.append((kind, text.format(**keys)))
    files = b"".join(
        b"<FILEHOSO><LOAIHOSO>%b</LOAIHOSO><NOIDUNGFILE>%b</NOIDUNGFILE></FILEHOSO>"
        % (kind.encode(), b64encode(text.encode()))
        for kind, text in documents
    )
    return b"<HOSO>" + files + b"</HOSO>\n"


def _write_envelope(path: Path, facility_code: str, day: int, visits: list[bytes]) -> None:
    """One file."""
    made = str(np.datetime64(day, "D")).replace("-", "")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as sink:
        sink.write(
            (
                f'<?xml version="1.0" encoding="UTF-8"?>\n<GIAMDINHHS>\n<THONGTINDONVI><MACSKCB>{facility_code}</MACSKCB></THONGTINDONVI>\n'
                f"<THONGTINHOSO><NGAYLAP>{made}</NGAYLAP><SOLUONGHOSO>{len(visits)}</SOLUONGHOSO><DANHSACHHOSO>\n"
            ).encode()
        )
        sink.writelines(visits)
        sink.write(b"</DANHSACHHOSO></THONGTINHOSO>\n<CHUKYDONVI/>\n</GIAMDINHHS>\n")


def _state(path: str, rows: Rows, listed: np.ndarray, carried: int) -> Truth:
    """The truth of one envelope: its first `carried` visits were in the one before."""
    row_no = np.arange(len(listed)) + 1
    errors = [(row_no[np.isin(listed, places)], column, error) for places, column, error in rows.planting.planted]
    errors.append((row_no[:carried], "row", "same_row_in_two_files"))
    return state_truth(path, row_no, rows.who[listed], errors)
