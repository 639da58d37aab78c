-- one row per batch, the newest six of each sender
select batch_id, sender_code, kind, state, received_on, rows_in, accepted, quarantined, duplicate, withdrawn
from (
    select
        batch_id, sender_code, kind, state, received_at::date as received_on, rows_in, accepted, quarantined, duplicate, withdrawn,
        row_number() over (partition by sender_code order by received_at desc, batch_id desc) as place
    from intake.batch
    where sender_code is not null
) as numbered
where place <= 6
order by sender_code, place
