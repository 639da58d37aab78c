"""Match, review or none: one decision a record, on the best candidate and its lead over the next."""

from collections.abc import Sequence

from etl.linkage.model import Model
from etl.linkage.weigh import VETOES

DECISION_COLUMNS = "record_id, person_id, decision, score, runner_up_person_id, runner_up_score, rule, model_version, vector, runner_up_vector"


def sql_for_scored(model: Model, comparisons: Sequence[str], residue: str) -> str:
    """One row per pair that may still matter: those too weak to be reviewed, or to come near a match, are left out."""
    floor = min(model.review_threshold, 0.0) - 1.0
    return " union all ".join(
        f"""
    select c.record_id, c.person_id, c.vector, w.score, w.veto
    from {comparison} c join vector_weight w on w.vector = c.vector
    where w.score >= {floor} and c.record_id in (select record_id from {residue})
        and not exists (select 1 from ruling d where d.record_id = c.record_id and d.person_id = c.person_id)"""
        for comparison in comparisons
    )


def sql_for_decisions(model: Model, scored: str, residue: str) -> str:
    """One row per record. `person_id` is the best candidate, for `none` null; ties go to review, as nobody leads."""
    rule = " ".join(f"when {place} then '{name}'" for place, name in enumerate(VETOES) if name)
    return f"""
    with ranked as (select *, row_number() over (partition by record_id order by score desc, person_id) as place from {scored}),
    best as (select * from ranked where place = 1),
    runner_up as (select record_id, person_id, score, vector from ranked where place = 2),
    weighed as (
        select b.record_id, b.person_id, b.score, b.veto, b.vector, u.person_id as runner_up_person_id,
            u.score as runner_up_score, u.vector as runner_up_vector,
            case when b.score < {model.review_threshold} then 'none'
                when b.score >= {model.match_threshold} and b.veto = 0
                    and (u.score is null or b.score - u.score >= {model.match_threshold}) then 'match'
                else 'review' end as decision
        from best b left join runner_up u on u.record_id = b.record_id)
    select r.record_id, case when w.decision <> 'none' then w.person_id end as person_id,
        coalesce(w.decision, 'none') as decision, w.score, w.runner_up_person_id, w.runner_up_score,
        case when w.record_id is null then 'no_candidate' when w.veto = 0 then 'weight' else case w.veto {rule} end end as rule,
        w.vector, w.runner_up_vector
    from {residue} r left join weighed w on w.record_id = r.record_id"""


def sql_for_all_decisions(model: Model, decided: Sequence[tuple[str, str]]) -> str:
    """One row per record: sure links, and what each table of decisions says where its condition holds."""
    columns = "record_id, person_id, decision, score, runner_up_person_id, runner_up_score, rule"
    sure = f"""
    select record_id, person_id, 'match' as decision, cast(null as double) as score,
        cast(null as bigint) as runner_up_person_id, cast(null as double) as runner_up_score, rule,
        '{model.version}' as model_version, cast(null as bigint) as vector, cast(null as bigint) as runner_up_vector
    from sure_link"""
    return " union all ".join(
        [sure]
        + [
            f"select {columns}, '{model.version}', vector, runner_up_vector from {table} where {condition}"
            for table, condition in decided
        ]
    )
