-- Trigger function of tables whose leases are numbered (lease_no): each lease that is given has
-- the next number, the attempt token.  An answer of an upstream names the lease under which it was
-- asked for; what records it changes nothing when the row was leased again since.
create or replace function core.lease_number() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    new.lease_no := old.lease_no + 1;
    return new;
end
$$;
