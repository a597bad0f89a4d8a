-- 0057_outbox_indexes.sql has built the indexes that keep the order of the outbox.
do $$
begin
    if (select count(*) from pg_index i
        where i.indisvalid and i.indexrelid in (
            to_regclass('webhooks.outbox_number'), to_regclass('webhooks.outbox_pending'))) <> 2
    then
        raise exception 'verify: outbox_number and outbox_pending must be built: load again';
    end if;
end
$$;
