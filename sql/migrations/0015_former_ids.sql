-- Whoever bore a citizen ID is found by it without reading the whole register.
create index former_national_id on identity.register_identifier (national_id_hash) where not is_active;
