-- The audit as a chain: each entry holds a hash over itself and the entry before it (etl/warehouse/audit.py says of what),
-- and what people ask about their own data, with the law's deadlines.

create table audit.chain (
    entry_no   bigint not null,
    event_id   bigint not null references audit.event (event_id),
    chained_at timestamp with time zone not null,
    entry_hash text not null,
    primary key (entry_no),
    constraint once_per_event unique (event_id),
    constraint counts_from_one check (entry_no > 0),
    constraint hash_hex check (entry_hash ~ '^[0-9a-f]{64}$')
);
create index on audit.chain (chained_at);
create index on audit.event (subject text_pattern_ops);

create function audit.part(value text) returns text immutable language sql
return coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value || ',', '-,');

create function audit.part(value timestamp with time zone) returns text immutable language sql
return audit.part((extract(epoch from value) * 1000000)::bigint::text);

-- The lock makes the order of the chain that of the commits. It is taken while the transaction commits, after all its other
-- locks, so that it is short and no deadlock can come of it. Whoever reads an old snapshot cannot see the end of the chain:
-- he is refused (serialization_failure) rather than let fork it.
create function audit.chain_entry(entry audit.event) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    tail  audit.chain;
    added audit.chain;
begin
    perform pg_advisory_xact_lock(4750832);
    select * into tail from audit.chain order by entry_no desc limit 1;
    added.entry_no := coalesce(tail.entry_no, 0) + 1;
    added.event_id := entry.event_id;
    added.chained_at := clock_timestamp();
    added.entry_hash := encode(sha256(convert_to(
        audit.part(coalesce(tail.entry_hash, repeat('0', 64))) || audit.part(added.entry_no::text)
        || audit.part(added.chained_at) || audit.part(entry.event_id::text) || audit.part(entry.happened_at)
        || audit.part(entry.actor) || audit.part(entry.action) || audit.part(entry.subject) || audit.part(entry.detail),
        'UTF8')), 'hex');
    insert into audit.chain values (added.*) on conflict do nothing;
    if not found then
        raise exception 'audit.chain: another entry came first; expected a transaction that sees it. Run it again.'
            using errcode = 'serialization_failure';
    end if;
end
$$;
revoke execute on function audit.chain_entry from public;

create function audit.chain_event() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform audit.chain_entry(new);
    return null;
end
$$;

create or replace function audit.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.%: rows are never changed or removed; expected inserts only', tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

-- What was written before the chain is chained first, in the order in which it was numbered.
do $$
declare
    entry audit.event;
begin
    for entry in select * from audit.event order by event_id loop
        perform audit.chain_entry(entry);
    end loop;
end
$$;

create constraint trigger chained after insert on audit.event
    deferrable initially deferred for each row execute function audit.chain_event();
create trigger append_only before update or delete or truncate on audit.chain
    for each statement execute function audit.refuse_change();
-- Not even a session that replays a replica's changes goes round them.
alter table audit.event enable always trigger chained, enable always trigger append_only;
alter table audit.chain enable always trigger append_only;

create table audit.subject_request (
    request_id     bigint generated always as identity not null,
    person_id      bigint not null references identity.person (person_id),
    kind           text not null,
    fields         text[],
    reason         text not null,
    received_on    date not null,
    acknowledge_by date not null,
    due_on         date not null,
    opened_at      timestamp with time zone not null,
    actor          text not null,
    primary key (request_id),
    constraint kind_known check (kind in ('access', 'rectification', 'erasure')),
    constraint deadlines_follow check (received_on <= acknowledge_by and acknowledge_by <= due_on)
);
create index on audit.subject_request (person_id);

create table audit.subject_answer (
    request_id  bigint not null references audit.subject_request (request_id),
    answer_no   integer not null,
    state       text not null,
    reason      text not null,
    answered_on date not null,
    answered_at timestamp with time zone not null,
    actor       text not null,
    primary key (request_id, answer_no),
    constraint state_known check (state in ('acknowledged', 'done', 'partly_done', 'refused'))
);
create unique index one_final_answer on audit.subject_answer (request_id) where state <> 'acknowledged';

create trigger append_only before update or delete or truncate on audit.subject_request
    for each statement execute function audit.refuse_change();
create trigger append_only before update or delete or truncate on audit.subject_answer
    for each statement execute function audit.refuse_change();
