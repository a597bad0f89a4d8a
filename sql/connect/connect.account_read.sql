-- Applies Stripe's answers about the principal's accounts.
--
-- Parameters: p_answers array of {"id": the Stripe account's} with one of "account": the Stripe
--   account, "gone": why it is gone, "error": why our key may not ask; p_asked_ms Unix time of the
--   calls
-- Returns: how many changed something or were newer than what is stored
-- Locks: the accounts in order of their id
-- Tables written: connect.account, webhooks.outbox, core.exception
create or replace function connect.account_read(p_answers jsonb, p_asked_ms bigint) returns int
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_asked timestamptz := to_timestamp(p_asked_ms / 1000.0);
    v_count int := 0;
    v_row record;
begin
    for v_row in
        select a.id, s.answer
        from jsonb_array_elements(p_answers) as s (answer)
        join connect.account a on a.stripe_account_id = s.answer ->> 'id'
        where a.tenant_id = current_setting('purser.tenant', true)
            and a.user_id = current_setting('purser.principal', true)
        order by a.id
    loop
        if v_row.answer ? 'account' then
            v_count := v_count + connect.account_apply(v_row.id, v_row.answer -> 'account',
                v_asked)::int;
        elsif v_row.answer ? 'gone' then
            v_count := v_count + connect.account_gone(v_row.id, v_row.answer ->> 'gone',
                v_asked)::int;
        else
            update connect.account a
            set last_error = v_row.answer ->> 'error'
            where a.id = v_row.id and a.tenant_id = current_setting('purser.tenant', true);
        end if;
    end loop;
    return v_count;
end
$$;
