-- Why a key of an account at Stripe may not be used for a Stripe account of ours.
--
-- Parameters: p_name of core.stripe_account; p_stripe_id whose key it is, acct_...
-- Returns: what is wrong and what to do; null = nothing
create or replace function core.stripe_key_mistake(p_name text, p_stripe_id text) returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_id text := (select s.stripe_id from core.stripe_account s where s.name = p_name);
    v_other text := (
        select s.name from core.stripe_account s
        where s.stripe_id = p_stripe_id and s.name <> p_name);
begin
    return case
        when v_other is not null then format('it is a key of %s, which is the Stripe account %s: '
            'two of ours would share its balance; put a key of another account into its file',
            p_stripe_id, v_other)
        when v_id <> p_stripe_id then format('it is a key of %s, and the Stripe account %s is %s: '
            'put a key of %s into its file, or, if the account was replaced at Stripe, call '
            'admin.replace_stripe_account', p_stripe_id, p_name, v_id, v_id)
    end;
end
$$;
grant execute on function core.stripe_key_mistake(text, text)
    to purser_payments, purser_connect, purser_payouts, purser_jobs;
