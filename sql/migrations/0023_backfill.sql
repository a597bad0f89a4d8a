-- The bookmark of a reading of Stripe's event list, so that a reading that is interrupted goes on.
-- No cursor: no reading is under way, and the next one begins with the newest event.
alter table webhooks.backfill
    add column reading_from_s bigint, -- created[gte] of the reading
    add column reading_after text collate "C", -- cursor: the last event that is stored
    add column reading_pages int not null default 0, -- that are stored
    add constraint backfill_reading check (reading_after is null or reading_from_s is not null);

do $$
begin
    if (select count(*) from webhooks.backfill
        where reading_after is null and reading_pages = 0) <> 1 then
        raise exception 'verify: backfill must have one row, without a reading';
    end if;
end
$$;
