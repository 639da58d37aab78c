"""The summary shows every batch whole, in a narrow place too."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from etl.orchestration.summary import print_summary
from etl.reports.status import BatchLine, Summary

LINE = BatchLine(7, "PX00004", "district_export", "accepted", 10, 8, 1, 1, 0, True)
BROKEN = BatchLine(8, "PX00008", "ward_sheet", "accepted", 10, 8, 1, 0, 0, False)
SCORES = {"correct": 99.25, "live": None}
SUMMARY = Summary((("ward_sheet", "accepted", 2),), (LINE, BROKEN), 1, 3000, 1, 7, 2, 1, 9, 8, SCORES)


def test_every_batch_is_shown_whole_and_a_broken_equation_is_marked(tmp_path: Path) -> None:
    out = StringIO()
    print_summary(SUMMARY, tmp_path / "index.html", Console(file=out, width=60))
    text = out.getvalue()
    assert "district_export" in text
    assert [line.split()[-2] for line in text.splitlines() if "PX0000" in line] == ["yes", "NO"]
    assert "7 matched, 2 in review, 1 new" in text
    assert "correct 99.2, live not applicable" in text
    assert "Report: none yet" in text
