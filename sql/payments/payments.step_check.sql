-- Trigger function of payments.payment and payments.prop_account: a status
-- starts and changes only as the step table named by the argument allows.
--
-- Raises: PU900
create or replace function payments.step_check() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_from text collate "C" := '';
    v_known boolean;
begin
    if TG_OP = 'UPDATE' then
        v_from := old.status;
        if v_from = new.status then
            return new;
        end if;
    end if;
    if TG_ARGV[0] = 'payments.payment_step' then
        v_known := exists (select from payments.payment_step s
            where s.from_status = v_from and s.to_status = new.status);
    else
        v_known := exists (select from payments.prop_account_step s
            where s.from_status = v_from and s.to_status = new.status);
    end if;
    if not v_known then
        raise exception using
            errcode = 'PU900',
            message = format('%s may not go from %L to %L', TG_TABLE_NAME, v_from, new.status),
            detail = new.id;
    end if;
    return new;
end
$$;
