-- What a visit's other papers say: the course of the illness, where to, and when to come again.

alter table book.encounter
    add column clinical_course  text,
    add column referred_to_code text,
    add column follow_up_on     date;
