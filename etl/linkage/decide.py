"""Match, review or none: one decision a record, on the best candidate and its lead over the next."""

from etl.engines.local import LocalEngine
from etl.linkage.model import Model

DECISION_COLUMNS = "record_id, person_id, decision, score, runner_up_person_id, runner_up_score, rule, model_version"


def sql_for_decisions(model: Model) -> str:
    """One row per record. `person_id` is the best candidate, for `none` null; ties go to review, as nobody leads."""
    return f"""
    with ranked as (select *, row_number() over (partition by record_id order by score desc, person_id) as place from scored),
    best as (select * from ranked where place = 1),
    runner_up as (select record_id, person_id as runner_up_person_id, score as runner_up_score from ranked where place = 2),
    weighed as (
        select b.record_id, b.person_id, b.score, u.runner_up_person_id, u.runner_up_score, b.veto,
            case when b.score < {model.review_threshold} then 'none'
                when b.score >= {model.match_threshold} and b.veto is null
                    and b.score - coalesce(u.runner_up_score, '-infinity'::double) >= {model.margin} then 'match'
                else 'review' end as decision
        from best b left join runner_up u using (record_id))
    select r.record_id,
        coalesce(s.person_id, case when w.decision <> 'none' then w.person_id end) as person_id,
        case when s.record_id is not null then 'match' else coalesce(w.decision, 'none') end as decision,
        w.score, w.runner_up_person_id, w.runner_up_score,
        coalesce(s.rule, w.veto, case when w.record_id is null then 'no_candidate' else 'weight' end) as rule,
        '{model.version}' as model_version
    from record_key r left join sure_link s using (record_id) left join weighed w using (record_id)"""


def decide(engine: LocalEngine, model: Model) -> None:
    """Make `decision` from `sure_link` and `scored`."""
    engine.create("decision", sql_for_decisions(model))
