"""Vectors of candidate pairs: spellings are scored once for each pair of names, and added to what whole numbers tell."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.engines import BatchFunction, Engine
from etl.linkage import spelling
from etl.linkage.levels import place

RARE_WORD = 50_000
"""A word that fewer than one in so many people bears is taken for a typing error, not for a name."""


def make_name_scoring(engine: Engine, is_generic: bool = False) -> BatchFunction:
    """The function that scores pairs of names, from the names of both sides (`name_text`, which it makes)."""
    engine.create("name_text", sql_for_name_texts())
    return spelling.scoring(known_words(engine), is_generic)


def sql_for_name_texts() -> str:
    """One row per toneless name of either side."""
    return """
    select key_id, min(key_text) as key_text
    from (select key_id, key_text from person_name union all
        select key_id, key_text from record_name) t
    group by key_id"""


def known_words(engine: Engine) -> frozenset[str]:
    """The words that names of the register consist of."""
    names = engine.query("select t.key_text, c.people from name_count c join name_text t on t.key_id = c.key_id")
    words = pc.split_pattern(names["key_text"].combine_chunks(), " ")
    people = np.asarray(names["people"])[np.asarray(pc.list_parent_indices(words))]
    encoded = pc.dictionary_encode(words.flatten())
    counts = np.bincount(np.asarray(encoded.indices), people, len(encoded.dictionary))
    common = counts * RARE_WORD >= max(people.sum() / 3, 1)
    return frozenset(encoded.dictionary.filter(pa.array(common)).to_pylist())


def make_comparison(engine: Engine, score_names: BatchFunction, comparison: str) -> None:
    """Make a comparison (`record_id, person_id, vector`) from `candidate`: spellings scored once for each pair of names."""
    engine.create(
        "name_pair",
        """select distinct record_key_id, person_key_id from candidate where name_level is null and vector is not null""",
    )
    engine.stream(
        "name_scored",
        """select n.record_key_id, n.person_key_id, a.key_text as record_name, b.key_text as person_name
        from name_pair n join name_text a on a.key_id = n.record_key_id join name_text b on b.key_id = n.person_key_id""",
        score_names,
        spelling.SPELLING,
    )
    engine.create("name_level", "select * from name_scored")
    engine.create(
        comparison,
        f"""select c.record_id, c.person_id, c.vector + coalesce(c.name_level, s.name_level, 0) * {place("name")} as vector
        from candidate c left join name_level s
            on c.name_level is null and s.record_key_id = c.record_key_id and s.person_key_id = c.person_key_id
        where c.vector is not null""",
    )
    engine.drop("name_pair", "name_level", "candidate")
