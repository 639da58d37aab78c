"""The models that links are decided by: kept by version, one of them current; training one on what was accepted."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.linkage import deterministic, trust
from etl.linkage.comparing import make_name_scoring
from etl.linkage.engine import RULING
from etl.linkage.learning import train_model
from etl.linkage.model import Model, load_model, read_text, text_of
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.linkage_input import Build, load_people, load_records, open_engine
from etl.warehouse import links, models
from etl.warehouse.store import Store


def read_model(connection: Connection, version: str | None = None) -> Model:
    """The model of a version, or the current one; the default model is the first to be current.

    Raises ConfigError where there is no such version.
    """
    content = models.read_content(connection, version)
    if content is not None:
        return read_text(content)
    default = load_model()
    if version not in (None, default.version):
        raise ConfigError(
            f"model {version}: there is no such model; expected the version of one that is kept. See `healthbook models`."
        )
    keep_model(connection, default, "engine")
    if version is None:
        models.make_current(connection, default.version, "engine")
    return default


def keep_model(connection: Connection, model: Model, actor: str) -> None:
    """Keep a model by its version, for a re-link to use."""
    models.write_content(connection, model.version, text_of(model), actor)


def list_models(settings: Settings) -> list[dict[str, object]]:
    """The models that are kept, and which is current."""
    with warehouse(settings) as connection:
        read_model(connection)
        return models.list_models(connection)


def train(settings: Settings, actor: str) -> dict[str, Any]:
    """Learn a model from all accepted records and the register; it is kept, not used. Gives its version and head.

    Raises ConfigError where nothing was linked yet.
    """
    with warehouse(settings) as connection:
        links.lock_build(connection)
        newest = links.find_newest_run(connection)
        if newest is None:
            raise ConfigError("train: nothing was linked yet; expected a build. Run `healthbook build` first.")
        with open_engine(settings) as engine, TemporaryDirectory(dir=settings.var_dir) as folder:
            build = Build(Store(settings), connection, engine, newest, newest, Path(folder))
            load_people(build)
            load_records(build)
            engine.create_view("record_key", "select * from all_key")
            trust.find_shared(engine, "all_key")
            engine.register("ruling", RULING.empty_table())
            deterministic.link_surely(engine)
            model = train_model(engine, make_name_scoring(engine))
        keep_model(connection, model, actor)
    return {
        "version": model.version,
        "match_threshold": model.match_threshold,
        "in_register": model.in_register,
        **model.data,
    }
