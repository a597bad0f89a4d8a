-- Confirms that a key may be used for a Stripe account.  The first key fixes which account at
-- Stripe that is; a key of another one is a mistake from then on.
--
-- Programs at their first use come at the same time: one of them fixes the id, and all compare with
-- what is fixed.
--
-- Parameters: p_name of core.stripe_account; p_mode the key's; p_stripe_id whose key it is at
--   Stripe, null = not known, because of p_problem
-- Returns: stripe_id that is fixed, null = none; mistake, null = the key may be used
-- Locks: the Stripe account, when it is written
-- Tables written: core.stripe_account; key_problem by purser-jobs only
create or replace function core.stripe_key_check(
    p_name text, p_mode text, p_stripe_id text, p_problem text,
    out stripe_id text, out mistake text
)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_row core.stripe_account;
begin
    select * into v_row from core.stripe_account s where s.name = p_name;
    if not found then
        mistake := format('no tenant has the Stripe account %s: call admin.create_stripe_account, '
            'or remove its files', p_name);
        return;
    end if;
    if v_row.mode <> p_mode then
        begin
            perform core.stripe_account_use(p_name, p_mode);
        exception when sqlstate 'PU900' then
            mistake := sqlerrm;
        end;
    end if;
    mistake := coalesce(mistake, p_problem, case when p_stripe_id is null then 'it is not known '
        'whose it is' end, core.stripe_key_mistake(p_name, p_stripe_id));
    if mistake is null and v_row.stripe_id is null then
        begin
            update core.stripe_account s
            set stripe_id = p_stripe_id, stripe_id_at = now()
            where s.name = p_name and s.stripe_id is null;
        exception when unique_violation then
            null; -- another Stripe account of ours was first: the mistake says so
        end;
        mistake := core.stripe_key_mistake(p_name, p_stripe_id);
    end if;
    stripe_id := (select s.stripe_id from core.stripe_account s where s.name = p_name);
    if mistake is null and stripe_id is distinct from p_stripe_id then
        mistake := 'it is not known which account at Stripe it should be of';
    end if;
    if pg_has_role(session_user, 'purser_jobs', 'member') then
        update core.stripe_account s
        set key_problem = mistake
        where s.name = p_name and s.key_problem is distinct from mistake;
    end if;
end
$$;
grant execute on function core.stripe_key_check(text, text, text, text)
    to purser_payments, purser_connect, purser_payouts, purser_jobs;
