-- Tasks of senders that are open, and those whose day has passed.
select
    'tasks_in_time' as rule_id, 'sender' as scope_kind, sender_code as scope_code, count(*) as applicable,
    count(*) filter (where due_on < current_setting('healthbook.today')::date) as failing, null::float as observed, null::float as expected
from quality.task
where state <> 'closed' and sender_code is not null and batch_id is not null
group by sender_code
