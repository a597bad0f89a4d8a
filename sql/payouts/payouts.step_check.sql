-- Trigger function of payouts.payout: a status starts and changes only as
-- payouts.payout_step allows.
--
-- Raises: PU900
create or replace function payouts.step_check() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_from text collate "C" := '';
begin
    if TG_OP = 'UPDATE' then
        v_from := old.status;
        if v_from = new.status then
            return new;
        end if;
    end if;
    if not exists (
        select from payouts.payout_step s where s.from_status = v_from and s.to_status = new.status)
    then
        raise exception using
            errcode = 'PU900',
            message = format('%s may not go from %L to %L', TG_TABLE_NAME, v_from, new.status),
            detail = new.id;
    end if;
    return new;
end
$$;
