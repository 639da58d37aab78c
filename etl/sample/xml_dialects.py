"""Small invented XML deliveries, one for each dialect and container that hospitals send; see docs/formats.md."""

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from etl.sample import xml_inner as inner
from etl.sample import xml_visits as visits
from etl.sample.signing import make_certificate, make_key, sign_envelope
from etl.sample.visit_parts import write_element
from etl.sample.workbook import MOMENT
from etl.sample.xml_inner import DECLARATION, Line, Visit

CERTIFICATE = "certificates/01929.pem"
Encode = Callable[[str], str]


@dataclass(frozen=True)
class DialectSample:
    """One file: its content, the visits that it holds in their order, and what reading it must tell of it."""

    name: str
    content: bytes
    visits: tuple[Visit, ...]
    dialect: str
    rules: frozenset[str] = frozenset()
    """Remarks beside that on the signature."""
    signature: str = "signature_absent"


def write_dialects(out: Path) -> None:
    """Write every sample, and the certificate of the signed one, under `out`."""
    for sample in make_samples():
        (out / sample.name).parent.mkdir(parents=True, exist_ok=True)
        (out / sample.name).write_bytes(sample.content)
    (out / CERTIFICATE).parent.mkdir(parents=True, exist_ok=True)
    (out / CERTIFICATE).write_bytes(make_certificate(make_key()))


def write_envelope(
    held: tuple[Visit, ...], encode: Encode = inner.as_base64, *, is_old: bool = False, count: int | None = None
) -> str:
    """A GIAMDINHHS of these visits; `encode` makes what NOIDUNGFILE holds of an inner document."""
    files = ("".join(_write_part(kind, lines, encode, is_old) for kind, lines in visit.parts.items()) for visit in held)
    return (
        f"{DECLARATION}\n<GIAMDINHHS><THONGTINDONVI><MACSKCB>{visits.FACILITY}</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
        f"<NGAYLAP>20260901</NGAYLAP><SOLUONGHOSO>{len(held) if count is None else count}</SOLUONGHOSO><DANHSACHHOSO>\n"
        f"{''.join(f'<HOSO>{one}</HOSO>{chr(10)}' for one in files)}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>\n"
    )


def _write_part(kind: str, lines: tuple[Line, ...], encode: Encode, is_old: bool) -> str:
    content = encode(inner.write_inner(kind, lines, is_old=is_old))
    return f"<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"


def _write_check_in(held: tuple[Line, ...]) -> str:
    lines = "".join(f"<TRANG_THAI_KCB>{write_element(line)}</TRANG_THAI_KCB>" for line in held)
    return (
        f"{DECLARATION}\n<CHI_TIEU_TRANG_THAI_KCB><DSACH_TRANG_THAI_KCB>{lines}</DSACH_TRANG_THAI_KCB>"
        "<CHUKYDONVI/></CHI_TIEU_TRANG_THAI_KCB>\n"
    )


def _lower_case(envelope: str) -> str:
    """The outer elements in small letters and in a namespace."""
    names = ("GIAMDINHHS", "THONGTINDONVI", "MACSKCB", "THONGTINHOSO", "NGAYLAP", "SOLUONGHOSO", "DANHSACHHOSO", "HOSO",
             "FILEHOSO", "LOAIHOSO", "NOIDUNGFILE", "CHUKYDONVI")  # fmt: skip
    for name in names:
        for mark in ("<", "</"):
            envelope = envelope.replace(f"{mark}{name}>", f"{mark}{name.lower()}>").replace(
                f"<{name}/>", f"<{name.lower()}/>"
            )
    return envelope.replace("<giamdinhhs>", '<giamdinhhs xmlns="urn:mau:benh-vien">')


def _zip(members: dict[str, str]) -> bytes:
    """A zip of these files, not packed, so that any library writes the same."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, MOMENT), content.encode())
    return sink.getvalue()


def make_samples() -> tuple[DialectSample, ...]:
    """Every sample, in the order of the documentation's table."""
    out, stay = visits.OUTPATIENTS, (visits.STAY,)
    key = make_key()
    signed = sign_envelope(write_envelope(out).encode(), key, make_certificate(key))
    check_ins = tuple(Visit({"CHECKIN": (line,)}) for line in visits.CHECK_INS)
    encoded = {"nested": inner.as_elements, "cdata": inner.as_cdata, "broken_lines": inner.as_base64_lines,
               "inner_windows_1258": inner.as_windows_1258, "inner_utf16": inner.as_utf16}  # fmt: skip

    def plain(
        name: str, held: tuple[Visit, ...], dialect: str = "4750", *rules: str, **options: object
    ) -> DialectSample:
        return DialectSample(f"{name}.xml", write_envelope(held, **options).encode(), held, dialect, frozenset(rules))  # type: ignore[arg-type]

    return (
        plain("qd4750_day", (*out, *stay)),
        plain("qd4750_single", stay),
        plain("qd3176", out[:1]),
        plain("qd130", visits.OF_130, "130"),
        plain("qd4210", visits.OF_4210, "4210", is_old=True),
        DialectSample("checkin.xml", _write_check_in(visits.CHECK_INS).encode(), check_ins, "checkin"),
        DialectSample("day.xml.gz", gzip.compress(write_envelope(out).encode(), mtime=0), out, "4750"),
        DialectSample(
            "days.zip",
            _zip({"b.xml": write_envelope(stay), "a.xml": write_envelope(out)}),
            (*out, *stay),
            "4750",
        ),
        DialectSample("signed.xml", signed, out, "4750", signature="signature_unverified"),
        plain("hiv", visits.HIV),
        plain("birth", visits.BIRTHS),
        plain("papers", visits.PAPERS),
        plain("cards", visits.CARDS, "4750", "card_counts_differ", "record_count_differs", count=3),
        *(plain(name, out, encode=encode) for name, encode in encoded.items()),
        DialectSample("lower_case.xml", _lower_case(write_envelope(out)).encode(), out, "4750"),
        DialectSample("outer_utf16.xml", write_envelope(out).replace("UTF-8", "UTF-16").encode("utf-16"), out, "4750"),
    )
