-- one row per sender that sent anything: the control equation over all of its batches
select
    sender_code,
    count(*) as files,
    sum(rows_in)::bigint as rows_in,
    sum(accepted)::bigint as accepted,
    sum(quarantined)::bigint as quarantined,
    sum(duplicate)::bigint as duplicate,
    sum(withdrawn)::bigint as withdrawn
from intake.batch
where sender_code is not null
group by sender_code
order by sender_code
