"""A backup, changes, and the way back: every table as it was at the moment that was marked, by our digest and by plain rows."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from etl import steps
from etl.errors import ConfigError, HealthbookError
from etl.sample import write_city
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse import marks
from etl.warehouse.audit import record
from etl.warehouse.backup import Backups
from etl.warehouse.connect import connect
from etl.warehouse.drill import restored
from etl.warehouse.embedded import ensure_running, stop
from tests.command_line import runner
from tests.pipeline.city import DAY, build, deliver, files_of, read_tables, register_files_of


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A server of its own that archives, with a register, three files and their books."""
    folder, odd = tmp_path_factory.mktemp("kho lưu 100%"), tmp_path_factory.mktemp("nhật ký 'wal' %f")
    settings = Settings(var_dir=folder / "var", wal_archive_dir=odd / "wal", today=DAY)
    try:
        ensure_running(settings, is_durable=False)
        steps.prepare(settings)
        write_city(600, 3, folder / "city")
        steps.load_register(settings, register_files_of(folder / "city")[0])
        deliver(settings, files_of(folder / "city")[:3])
        build(settings)
        yield settings
    finally:
        stop(settings)


@pytest.fixture(scope="module")
def first(village: Settings) -> dict[str, object]:
    """A backup, and the rows of every table at its mark, read by plain Python."""
    made = steps.backup(village)
    rows = read_tables(village)
    # The mark comes before the audit says that the backup was made.
    [told] = [json.loads(row)["event_id"] for row in rows["event"] if str(made["backup"]) in row]
    rows["event"] = [row for row in rows["event"] if json.loads(row)["event_id"] != told]
    rows["chain"] = [row for row in rows["chain"] if json.loads(row)["event_id"] != told]
    return {**made, "tables_read": rows}


def change(settings: Settings) -> None:
    """One more file, new books, and a change by hand."""
    city = settings.var_dir.parent / "city"
    deliver(settings, files_of(city)[3:4])
    steps.load_register(settings, register_files_of(city)[1])
    build(settings)
    with connect(ensure_running(settings)) as connection, connection.cursor() as cursor:
        cursor.execute("update identity.register_person set sex = 'female' where person_id % 2 = 0")
        cursor.execute("delete from quality.score")


def test_after_changes_the_moment_before_them_comes_back(village: Settings, first: dict[str, object]) -> None:
    change(village)
    assert read_tables(village) != first["tables_read"]
    drill = steps.restore_drill(village, to=str(first["mark"]))
    assert (drill["is_equal"], drill["different"], drill["store_different"]) == (True, [], [])
    assert (drill["mark"], drill["rows"]) == (first["mark"], first["rows"])
    backups, url = Backups(village), ensure_running(village)
    with backups.locked(), restored(village, backups, url, str(first["backup"]), str(first["mark"])) as server:
        assert read_tables(village.model_copy(update={"database_url": server.url})) == first["tables_read"]


def test_the_newest_moment_comes_back_while_others_write(village: Settings, first: dict[str, object]) -> None:
    is_over, written = threading.Event(), []

    def write() -> None:
        while not is_over.is_set():
            with connect(ensure_running(village)) as connection:
                record(connection, "thu", "test.written", f"row {len(written)}", {})
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        drill = steps.restore_drill(village)
    finally:
        is_over.set()
        writer.join()
    assert len(written) > 20
    assert drill["is_equal"], drill["different"]
    assert str(drill["mark"]) > str(first["mark"])
    assert {"digest", "verify", "restore", "recovery", "check"} <= set(drill["seconds"])


def test_a_moment_may_be_named_by_its_time(village: Settings, first: dict[str, object]) -> None:
    mark = Backups(village).find_mark("2099-01-01T00:00Z")
    assert mark.name == max(path.stem for path in Backups(village).marks.glob("*.json"))
    stated = str(first["mark"])
    at = f"{stated[:4]}-{stated[4:6]}-{stated[6:11]}:{stated[11:13]}:{stated[13:]}"
    assert Backups(village).find_mark(at).name == stated
    for wrong in ("2001-01-01T00:00Z", "yesterday"):
        with pytest.raises(ConfigError, match="no moment was marked"):
            Backups(village).find_mark(wrong)


def test_a_drill_leaves_nothing_and_touches_nothing(village: Settings, first: dict[str, object]) -> None:
    archived = sorted(path.name for path in village.wal_archive_dir.iterdir())
    assert steps.restore_drill(village, to=str(first["mark"]))["is_equal"]
    assert [name for name in archived if not name.startswith("0000000")] == []
    timelines = {path.name[:8] for path in village.wal_archive_dir.iterdir()}
    assert timelines == {"00000001"}, "the second server wrote into the archive"
    assert list((village.var_dir / "drill").iterdir()) == []
    assert not list(Path(tempfile.gettempdir()).glob("hb-drill-*/socket/.s.PGSQL*"))
    words = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in words if str(village.var_dir / "drill") in line]
    Backups(village).verify(str(first["backup"]))


def test_a_digest_sees_every_value_and_no_order(database_url: str) -> None:
    def digest(*statements: str) -> marks.TableDigest:
        with connect(database_url) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return marks.digest_tables(connection)["report.t"]

    one = digest("create table report.t (a int, b text)", "insert into report.t values (1, null), (2, ''), (2, '')")
    assert one.rows == 3
    assert digest("delete from report.t where a = 1", "insert into report.t values (1, null)") == one
    changed = [
        digest("update report.t set b = '' where a = 1"),
        digest("update report.t set b = null where a = 2"),
        digest("delete from report.t where a = 2"),
        digest("delete from report.t"),
        digest("insert into report.t values (1, '2,')"),
    ]
    assert len({one, *changed}) == 6


def test_a_mark_waits_for_a_writer_and_holds_nobody_up(village: Settings) -> None:
    """Its lock is asked for without a place in the queue: whoever comes meanwhile writes at once."""
    url, done = ensure_running(village), []

    def mark() -> None:
        with connect(url) as connection:
            done.append(marks.set_mark(connection, marks.new_name()))

    marker = threading.Thread(target=mark)
    with connect(url) as connection, connection.cursor() as cursor:
        record(connection, "thu", "test.held", "row 1", {})
        marker.start()
        marker.join(1)
        with connect(url) as other:
            other.cursor().execute("set local lock_timeout = '2s'")
            record(other, "thu", "test.quick", "row 2", {})
        assert done == []
        cursor.execute("select 1")
    marker.join(30)
    assert len(done) == 1


def own_backups(village: Settings, tmp_path: Path) -> Backups:
    """A copy of the newest backup and its mark, to be damaged."""
    shutil.copytree(village.backup_dir, tmp_path / "copy")
    for path in (tmp_path / "copy/base", *(tmp_path / "copy/base").rglob("*")):
        owner = (village.backup_dir / "base").stat()
        os.chown(path, owner.st_uid, owner.st_gid)
    return Backups(village, tmp_path / "copy")


def test_a_damaged_backup_is_found_before_it_is_restored(
    village: Settings, first: dict[str, object], tmp_path: Path
) -> None:
    backups = own_backups(village, tmp_path)
    file = max((backups.base / str(first["backup"]) / "base").rglob("*"), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(HealthbookError, match=r"pg_verifybackup finds it damaged .*checksum mismatch"):
        steps.restore_drill(village, to=str(first["mark"]), folder=backups.folder)
    backups.remove([])
    assert backups.names() == [first["backup"]]


def test_a_gap_in_the_archive_is_told(village: Settings, first: dict[str, object], tmp_path: Path) -> None:
    made = steps.restore_drill(village)
    archive = tmp_path / "archive"
    shutil.copytree(village.wal_archive_dir, archive)
    for path in (archive, *archive.iterdir()):
        owner = village.wal_archive_dir.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
    max(path for path in archive.iterdir() if len(path.name) == 24).unlink()
    broken = village.model_copy(update={"wal_archive_dir": archive})
    with pytest.raises(HealthbookError, match="archive does not reach"):
        steps.restore_drill(broken, to=str(made["mark"]))
    assert list((village.var_dir / "drill").iterdir()) == []


def test_any_difference_is_exit_code_1(
    village: Settings,
    first: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = runner(monkeypatch, capfd, "", village.var_dir)
    monkeypatch.setenv("HEALTHBOOK_WAL_ARCHIVE_DIR", str(village.wal_archive_dir))
    backups = own_backups(village, tmp_path)
    words = ("restore-drill", "--to", first["mark"], "--from", backups.folder)
    assert run(*words).code == 0
    path = backups.marks / f"{first['mark']}.json"
    mark = marks.Mark.read(path)
    one = mark.digests["book.health_book"]
    replace(mark, digests={**mark.digests, "book.health_book": replace(one, rows=one.rows + 1)}).write(path)
    ended = run(*words)
    assert (ended.code, ended.json["different"]) == (1, ["book.health_book"])
    lost = {**mark.store, "raw": [*mark.store["raw"], "0" * 64]}
    replace(mark, store=lost).write(path)
    ended = run(*words)
    assert (ended.code, ended.json["store_different"]) == (1, ["raw/" + "0" * 64])
    path.write_text(json.dumps({"name": 1}))
    assert run(*words).code == 1


def test_a_backup_that_was_killed_is_cleared_away(village: Settings) -> None:
    backups = Backups(village)
    dead = backups.base / ".draft-20200101T000000.000000Z"
    dead.mkdir()
    before = backups.names()
    made = steps.backup(village)
    assert backups.names() == [*before, made["backup"]]
    assert not dead.exists()
    assert backups.newest_before(str(made["mark"])) == made["backup"]


def test_old_backups_go_with_the_log_that_only_they_needed(village: Settings) -> None:
    backups = Backups(village)
    made = steps.backup(village)
    archived = {path.name for path in village.wal_archive_dir.iterdir()}
    later = village.model_copy(update={"today": DAY.replace(year=2099)})
    removed = {kind["name"]: kind for kind in steps.retain(later, "thu")}["backup"]
    assert removed["removed"] == removed["count"] > 0
    assert backups.names() == [made["backup"]]
    assert all(path.stem >= str(made["backup"]) for path in backups.marks.glob("*.json"))
    assert {path.name for path in village.wal_archive_dir.iterdir()} < archived
    assert steps.restore_drill(village)["is_equal"]
    assert {kind["name"]: kind for kind in steps.retain(later, "thu")}["backup"]["removed"] == 0


def test_a_server_of_the_operators_own_that_does_not_archive(database_url: str, tmp_path: Path) -> None:
    """A backup is made and verified; that no later moment can be restored is said."""
    settings = Settings(var_dir=tmp_path / "var", database_url=database_url, today=DAY)
    made = steps.backup(settings)
    assert (made["is_archiving"], made["tables"]) == (False, 0)
    Backups(settings).verify(str(made["backup"]))
    assert Backups(settings).find_mark(str(made["mark"])).lsn is None
    with pytest.raises(ConfigError, match="HEALTHBOOK_WAL_ARCHIVE_DIR"):
        steps.restore_drill(settings)
    with pytest.raises(ConfigError, match="HEALTHBOOK_WAL_ARCHIVE_DIR"):
        steps.backup(settings.model_copy(update={"wal_archive_dir": tmp_path / "archive"}))


AS_ANOTHER = """
import sys
from pathlib import Path
from etl import steps
from etl.settings import Settings
from etl.warehouse.embedded import stop
settings = Settings(var_dir=Path(sys.argv[1]) / "var", wal_archive_dir=Path(sys.argv[1]) / "archive")
try:
    steps.prepare(settings)
    steps.backup(settings)
    print(steps.restore_drill(settings)["is_equal"])
finally:
    stop(settings)
"""


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can act as another user")
def test_an_ordinary_user_can_do_all_of_it() -> None:
    folder, user = Path(tempfile.mkdtemp(prefix="healthbook-nobody-")), pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    kept = "-all,+dac_read_search"  # the interpreter may lie where only root can walk
    as_nobody = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    command = ["setpriv", *as_nobody, f"--inh-caps={kept}", f"--ambient-caps={kept}", sys.executable, "-c", AS_ANOTHER]
    try:
        done = subprocess.run([*command, str(folder)], cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "True", done.stderr
        assert {path.stat().st_uid for path in folder.rglob("*")} == {user.pw_uid}
    finally:
        shutil.rmtree(folder)
