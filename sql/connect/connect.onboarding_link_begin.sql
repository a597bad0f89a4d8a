-- What a fresh onboarding link for the principal's account needs.
--
-- Parameters: p_keys as in core.stripe_account_need
-- Returns: connect.account_answer
-- Raises: PU404 not the principal's, PU430 no return and refresh URLs, PU432 the account is gone,
--   PU438 there is no key for the tenant's Stripe account
create or replace function connect.onboarding_link_begin(
    p_stripe_account_id text, p_keys text[] default null
)
    returns setof connect.account_answer
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_answer connect.account_answer;
begin
    perform core.stripe_account_need(p_keys);
    select * into v_answer
    from connect.account_answer v
    where v.stripe_account_id = p_stripe_account_id
        and v.user_id = current_setting('purser.principal', true);
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    elsif v_answer.return_url is null then
        raise exception using errcode = 'PU430',
            message = 'the return and refresh URLs of onboarding are not configured';
    elsif v_answer.gone then
        raise exception using errcode = 'PU432',
            message = 'this payout account is gone at Stripe: set up a new one';
    end if;
    return next v_answer;
end
$$;
grant execute on function connect.onboarding_link_begin(text, text[]) to purser_connect;
