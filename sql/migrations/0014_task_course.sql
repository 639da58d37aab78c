-- What happens to a task is written down by the database itself, whoever changes it, in the same transaction. Who did it and on
-- which day of the city says the transaction (healthbook.actor, healthbook.day); else the engine, on the clock's day.

create function quality.note_task() returns trigger language plpgsql as $$
declare
    kind text;
    actor text := coalesce(nullif(current_setting('healthbook.actor', true), ''), 'engine');
    day date := coalesce(nullif(current_setting('healthbook.day', true), '')::date, current_date);
begin
    kind := case
        when tg_op = 'INSERT' then 'opened'
        when old.state <> 'closed' and new.state = 'closed' then 'closed'
        when old.state = 'closed' and new.state <> 'closed' then 'reopened'
        when old.acknowledged_at is null and new.acknowledged_at is not null then 'acknowledged'
        when new.assignee is distinct from old.assignee then 'assigned'
        when old.escalated_at is null and new.escalated_at is not null then 'escalated'
        when new.row_count <> old.row_count then 'changed'
    end;
    if kind is not null then
        insert into quality.task_event (task_id, sender_code, kind, happened_on, row_count, actor, noted_at)
        values (new.task_id, new.sender_code, kind, day, new.row_count, actor, now());
    end if;
    return null;
end
$$;
create trigger note_task after insert or update on quality.task for each row execute function quality.note_task();

-- Of the tasks that stand already, what is known.
insert into quality.task_event (task_id, sender_code, kind, happened_on, row_count, actor, noted_at)
select task_id, sender_code, 'opened', opened_at::date, row_count, 'engine', opened_at from quality.task
union all
select task_id, sender_code, 'closed', closed_at::date, row_count, 'engine', closed_at from quality.task where closed_at is not null;
