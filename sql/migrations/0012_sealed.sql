-- What names a person is ciphertext: the application seals it before it is written, and each table refuses anything else.
-- Numbers that rows are found by have a keyed hash beside them. Rows that lie here in clear are sealed by the application
-- right after this migration, which then has the rules validated; until then nothing but a new row must obey them.

alter table identity.register_person add column national_id_hash text;
alter table identity.register_identifier add column national_id_hash text;
update identity.register_person set national_id_hash = national_id;
update identity.register_identifier set national_id_hash = national_id;
alter table identity.register_identifier
    alter column national_id_hash set not null,
    drop constraint register_identifier_pkey,
    add primary key (person_id, national_id_hash),
    alter column national_id set not null;
drop index identity.active_national_id;
create unique index active_national_id on identity.register_identifier (national_id_hash) where is_active;

do $$
declare
    sealed record;
    named text := '{address,full_name,full_name_toneless,guardian_name,household_id,insurance_card,insurance_no,national_id,old_id,passport_no,phone,source_person_id}';
    rule text;
    is_empty boolean;
begin
    for sealed in
        select * from (
            values
            ('intake.batch', '{file_name}'::text[]),
            ('intake.withdrawal', '{reason}'),
            ('intake.person_record', '{source_person_id,full_name,full_name_toneless,national_id,old_id,insurance_no,insurance_card,passport_no,phone,address,guardian_name,household_id}'),
            ('identity.register_person', '{full_name,full_name_toneless,national_id,old_id,insurance_no,phone,address,household_id}'),
            ('identity.register_identifier', '{national_id}'),
            ('identity.ruling', '{note}'),
            ('book.health_book', '{full_name,national_id,old_id,insurance_no,passport_no,phone,address,guardian_name,household_id}'),
            ('book.field_value', '{value}'),
            ('book.encounter', '{source_encounter_id}'),
            ('book.field_history', '{value}')
        ) as t (name, columns)
    loop
        select string_agg(format('%I ^@ ''*''', c), ' and ') into rule from unnest(sealed.columns) as c;
        if sealed.columns = '{value}' then
            rule := format('field_name <> all (%L) or %s', named, rule);
        elsif sealed.name like 'identity.register%' then
            rule := rule || ' and (national_id is null) = (national_id_hash is null) and length(national_id_hash) = 22';
        end if;
        execute format('alter table %s add constraint sealed check (%s) not valid', sealed.name, rule);
        execute format('select not exists (select from %s)', sealed.name) into is_empty;
        if is_empty then
            execute format('alter table %s validate constraint sealed', sealed.name);
        end if;
    end loop;
end
$$;
