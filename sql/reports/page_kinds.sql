-- one row per kind of file: the control equation over all of its batches
select
    coalesce(kind, '') as kind,
    count(*) as files,
    count(*) filter (where state = 'accepted') as accepted_files,
    count(*) filter (where state = 'refused') as refused_files,
    count(*) filter (where state = 'waiting') as waiting_files,
    sum(rows_in)::bigint as rows_in,
    sum(accepted)::bigint as accepted,
    sum(quarantined)::bigint as quarantined,
    sum(duplicate)::bigint as duplicate,
    sum(withdrawn)::bigint as withdrawn,
    bool_and(is_balanced and (state not in ('accepted', 'withdrawn') or is_borne_out)) as is_balanced
from report.control_equation
group by 1
order by 1
