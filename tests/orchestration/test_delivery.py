"""The invented city's files reach the inbox under their senders."""

from pathlib import Path

from etl.orchestration.delivery import BATCH_KINDS, REGISTER_KIND, deliver_city

NAMES = (
    "ward_sheet/PX00004/a.csv", "hospital_xml/CS01929/b.xml", "register/r.csv", "truth/records.csv", "bad/x.csv",
)  # fmt: skip


def make_city(folder: Path) -> Path:
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return folder


def test_files_go_to_their_senders_and_truth_stays_behind(tmp_path: Path) -> None:
    city, inbox = make_city(tmp_path / "city"), tmp_path / "inbox"
    assert deliver_city(city, inbox, BATCH_KINDS) == {"hospital_xml": 1, "ward_sheet": 1}
    assert deliver_city(city, inbox, (REGISTER_KIND,)) == {"register": 1}
    found = {str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file()}
    assert found == {"PX00004/a.csv", "CS01929/b.xml", "DC01/r.csv"}


def test_delivering_again_adds_nothing(tmp_path: Path) -> None:
    city, inbox = make_city(tmp_path / "city"), tmp_path / "inbox"
    deliver_city(city, inbox, BATCH_KINDS)
    deliver_city(city, inbox, BATCH_KINDS)
    assert sum(path.is_file() for path in inbox.rglob("*")) == 2
