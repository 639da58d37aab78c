-- Books and their events in 16 partitions by hash of the person, so that a build loads and replaces them piece by piece.
-- A key holds the person first: what was looked up by person_id alone needs no index of its own any more. Books are
-- derived: their references are proved as a whole before each publication (docs/decisions.md), not row by row.

create schema book_part;
comment on schema book_part is 'Phân vùng của sổ sức khỏe — Partitions of the health books, read through schema book';

do $$
declare
    book text;
    key_columns text;
begin
    foreach book in array array[
        'health_book', 'field_value', 'encounter', 'diagnosis', 'medication', 'service', 'lab_result', 'vital_sign',
        'immunisation', 'allergy', 'history', 'section', 'encounter_source'
    ] loop
        select string_agg(quote_ident(a.attname), ', ' order by k.place) into strict key_columns
        from pg_constraint as c
        cross join unnest(c.conkey) with ordinality as k (attnum, place)
        inner join pg_attribute as a on c.conrelid = a.attrelid and k.attnum = a.attnum
        where c.contype = 'p' and c.conrelid = format('book.%I', book)::regclass;
        if key_columns !~ '\yperson_id\y' then
            key_columns := 'person_id, ' || key_columns;
        end if;

        execute format('alter table book.%1$I set schema book_part', book);
        execute format(
            'create table book.%1$I (like book_part.%1$I including defaults including constraints, primary key (%2$s))'
            ' partition by hash (person_id)', book, key_columns
        );
        for part in 0..15 loop
            execute format(
                'create table book_part.%2$I partition of book.%1$I for values with (modulus 16, remainder %3$s)',
                book, format('%s_%s', book, lpad(part::text, 2, '0')), part
            );
        end loop;
        execute format('insert into book.%1$I select * from book_part.%1$I', book);
        execute format('drop table book_part.%1$I cascade', book);
    end loop;
end
$$;

create index on book.health_book (ward_code);
create index on book.field_value (person_id) where is_conflicting;
create index on book.encounter_source (record_id);
create index on book.encounter (record_id) where is_restricted;

-- The views went with the tables that they stood on: they are renewed after this, as whenever this remark differs.
comment on table alembic_version is null;
