-- What the register last said of each number and when, so that its files may come in any order and more than once; and
-- which of its numbers it found to be one person. A key is the day of the file (days since 1900-01-01) times 100,000 plus
-- the day of the change, so that what knew more counts for more.

create table identity.register_standing (
    person_id    bigint not null references identity.person (person_id),
    stated_key   bigint not null,
    content_hash bigint not null,
    is_absent    boolean not null,
    live_key     bigint,
    merged_into  bigint references identity.person (person_id),
    primary key (person_id),
    constraint not_into_itself check (merged_into <> person_id)
);
create index on identity.register_standing (merged_into) where merged_into is not null;
create index on identity.register_standing (person_id) where live_key is not null;

create table identity.register_merge (
    person_id        bigint not null references identity.person (person_id),
    kept_id          bigint not null references identity.person (person_id),
    stated_key       bigint not null,
    register_version integer not null references identity.register_version (register_version),
    primary key (person_id, kept_id),
    constraint not_into_itself check (kept_id <> person_id)
);

-- Registers that were loaded before: everybody who is not cancelled was named by the newest snapshot, or since.
with snapshot as (
    select coalesce(max(as_of_date), date '1900-01-01') as day from identity.register_version where kind = 'snapshot'
)
insert into identity.register_standing (person_id, stated_key, content_hash, is_absent, live_key)
select
    p.person_id,
    (case when p.status = 'cancelled' then v.as_of_date else greatest(v.as_of_date, s.day) end - date '1900-01-01') * 100000::bigint,
    0,
    p.status = 'cancelled' and v.as_of_date < s.day,
    case when p.status = 'cancelled' then -1 end
from identity.register_person as p
inner join identity.register_version as v using (register_version)
cross join snapshot as s;
