"""The settings: what is read, what is refused, and that `.env.sample` tells the truth."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from etl.errors import ConfigError
from etl.settings import DEMO_SECRET, PROJECT_DIR, Settings, load_settings, setting_names

NOWHERE = Path("/nonexistent/.env")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)


def test_sample_names_every_setting_with_its_default() -> None:
    sample = dotenv_values(PROJECT_DIR / ".env.sample")
    assert tuple(sample) == setting_names()
    assert load_settings(PROJECT_DIR / ".env.sample") == load_settings(NOWHERE)


def test_folders_follow_var_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEALTHBOOK_VAR_DIR", str(tmp_path))
    settings = load_settings(NOWHERE)
    assert settings.var_dir == tmp_path
    assert settings.inbox_dir == tmp_path / "inbox"
    assert settings.store_url == str(tmp_path / "store")


def test_folders_given_in_code_follow_too(tmp_path: Path) -> None:
    assert Settings(var_dir=tmp_path, reports_dir=tmp_path / "out").reports_dir == tmp_path / "out"
    assert Settings(var_dir=tmp_path).inbox_dir == tmp_path / "inbox"


def test_environment_wins_over_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("HEALTHBOOK_THREADS=3\nHEALTHBOOK_AIRFLOW_PORT=9000\n")
    monkeypatch.setenv("HEALTHBOOK_THREADS", "5")
    settings = load_settings(env_file)
    assert (settings.threads, settings.airflow_port) == (5, 9000)


@pytest.mark.parametrize("in_file", [True, False])
def test_unknown_name_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_file: bool
) -> None:
    env_file = tmp_path / ".env"
    if in_file:
        env_file.write_text("HEALTHBOOK_DATABASE_URI=x\n")
    else:
        monkeypatch.setenv("HEALTHBOOK_DATABASE_URI", "x")
    with pytest.raises(ConfigError, match=r"HEALTHBOOK_DATABASE_URI is unknown.*HEALTHBOOK_DATABASE_URL"):
        load_settings(env_file)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "0.0.0.0"),
        ("HOST", "example.org"),
        ("AIRFLOW_PORT", "70000"),
        ("MEMORY_LIMIT", "plenty"),
        ("THREADS", "0"),
        ("DATABASE_URL", "mysql://root:s3cret@db/x"),
        ("STORE_URL", "s3://bucket/store"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_unsafe_value_is_refused_by_name_alone(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"HEALTHBOOK_{name}", value)
    with pytest.raises(ConfigError, match=f"HEALTHBOOK_{name}") as caught:
        load_settings(NOWHERE)
    assert value not in str(caught.value)


@pytest.mark.parametrize("secret", [DEMO_SECRET, "short"])
def test_weak_secret_is_refused_outside_the_demonstration(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("HEALTHBOOK_SECRET_KEY", secret)
    assert load_settings(NOWHERE).demo
    monkeypatch.setenv("HEALTHBOOK_DEMO", "false")
    with pytest.raises(ConfigError, match="HEALTHBOOK_SECRET_KEY"):
        load_settings(NOWHERE)


def test_passwords_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", "postgresql://u:s3cret@127.0.0.1/db")
    settings = load_settings(NOWHERE)
    assert settings.database_url == "postgresql+psycopg2://u:s3cret@127.0.0.1/db"
    assert "s3cret" not in repr(settings)
    assert DEMO_SECRET not in repr(settings)


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1",
        "localhost:5432",
        "[::1]:5432",
        "127.0.0.1:1,localhost:2",
        "%2Frun%2Fpostgresql",
        "user@",
        "p%23#@127.0.0.1",
    ],
)
def test_this_machine_needs_no_encryption(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    url = f"postgresql+psycopg2://{'u:' if '#' in place else ''}{place}/db"
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", url)
    assert load_settings(NOWHERE).database_url == url


REMOTE = [
    "db.example.org", "u:p@10.0.0.7:5432", "127.0.0.1:1,10.0.0.7:1", "[2001:db8::1]", "u@127.0.0.1.example.org",
    "u@localhost.example.org", "127.0.0.1@db",
]  # fmt: skip


@pytest.mark.parametrize("place", REMOTE)
def test_another_machine_must_show_a_certificate(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    url = f"postgresql+psycopg2://{place}/db"
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", url)
    assert load_settings(NOWHERE).database_url == f"{url}?sslmode=verify-full"
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", f"{url}?sslrootcert=system")
    assert load_settings(NOWHERE).database_url == f"{url}?sslrootcert=system&sslmode=verify-full"
    monkeypatch.setenv("HEALTHBOOK_DATABASE_TLS", "require")
    assert str(load_settings(NOWHERE).database_url).endswith("&sslmode=require")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", "nonsense"])
def test_a_weaker_mode_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv(
        "HEALTHBOOK_DATABASE_URL", f"postgresql://u:s3cret@db.example.org/x?connect_timeout=3&sslmode={mode}"
    )
    with pytest.raises(
        ConfigError, match=r"weaker sslmode than verify-full.*HEALTHBOOK_DATABASE_TLS=require"
    ) as caught:
        load_settings(NOWHERE)
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("HEALTHBOOK_DATABASE_TLS", "require")
    if mode in ("require", "verify-ca"):
        assert f"sslmode={mode}" in str(load_settings(NOWHERE).database_url)
    else:
        with pytest.raises(ConfigError, match="weaker sslmode than require"):
            load_settings(NOWHERE)


@pytest.mark.parametrize(
    ("url", "name", "value"),
    [
        ("postgresql://u@127.0.0.1/x?host=db.example.org", "", ""),
        ("postgresql://u@127.0.0.1/x?hostaddr=10.0.0.7", "", ""),
        ("postgresql://u@127.0.0.1/x?service=city", "", ""),
        ("postgresql://u@127.0.0.1/x", "PGHOSTADDR", "10.0.0.7"),
        ("postgresql://u@127.0.0.1/x", "PGSERVICE", "city"),
        ("postgresql://u@/x", "PGHOST", "db.example.org"),
    ],
)
def test_no_side_door_leads_elsewhere_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, url: str, name: str, value: str
) -> None:
    if name:
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", url)
    assert "sslmode=verify-full" in str(load_settings(NOWHERE).database_url)


def test_another_day_is_for_the_demonstration_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHBOOK_TODAY", "2026-10-01")
    assert load_settings(NOWHERE).day.isoformat() == "2026-10-01"
    monkeypatch.setenv("HEALTHBOOK_DEMO", "false")
    monkeypatch.setenv("HEALTHBOOK_SECRET_KEY", "x" * 40)
    with pytest.raises(ConfigError, match="HEALTHBOOK_TODAY"):
        load_settings(NOWHERE)
