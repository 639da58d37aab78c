-- What retention removed: a fact that stays when the thing is gone, so that nothing is missing without a reason.

create table intake.removal (
    kind       text not null,
    subject_id bigint not null,
    amount     bigint not null,
    actor      text not null,
    removed_at timestamp with time zone not null,
    primary key (kind, subject_id),
    constraint kind_known check (kind in ('raw_file', 'staged_file', 'register_file', 'register_folder', 'book_folder', 'quarantined', 'duplicate')),
    constraint amount_positive check (amount >= 0)
);
