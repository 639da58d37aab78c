-- Models that links were decided by; what each build looked at and why; a re-link waits until somebody approves it.

create table identity.linkage_model (
    version    text not null,
    content    text not null,
    is_current boolean not null,
    actor      text not null,
    created_at timestamp with time zone not null,
    primary key (version)
);
create unique index one_current_model on identity.linkage_model (is_current) where is_current;

create table identity.run_reason (
    run_id  bigint not null references identity.run (run_id),
    reason  text not null,
    records bigint not null,
    primary key (run_id, reason),
    constraint records_positive check (records >= 0)
);

create table identity.difference (
    run_id  bigint not null references identity.run (run_id),
    kind    text not null,
    reason  text not null,
    persons bigint not null,
    records bigint not null,
    primary key (run_id, kind, reason),
    constraint kind_known check (kind in ('kept', 'moved', 'split', 'merged'))
);

create table identity.drift (
    run_id  bigint not null references identity.run (run_id),
    measure text not null,
    name    text not null,
    part    text not null,
    records bigint not null,
    primary key (run_id, measure, name, part),
    constraint measure_known check (measure in ('level', 'score', 'decision'))
);

alter table identity.run
    add column answered_by text,
    add column answered_at timestamp with time zone,
    drop constraint state_known,
    add constraint state_known check (state in ('proposed', 'rejected', 'linked', 'merged', 'published', 'scored'));
