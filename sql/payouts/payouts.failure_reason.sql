-- The text for traders of a refusal by Stripe, by its code.
create or replace function payouts.failure_reason(p_code text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when p_code in ('balance_insufficient', 'insufficient_funds')
            then 'The payout could not be funded at this moment. '
                || 'Nothing was sent. Please try again later.'
        when p_code in ('transfers_not_allowed', 'capability_not_active', 'payouts_not_allowed',
            'account_closed', 'insufficient_capabilities_for_transfer', 'no_account')
            then 'Your payout account cannot receive money yet. '
                || 'Nothing was sent. Please finish its setup, then try again.'
        when p_code in ('resource_missing', 'account_invalid', 'account_deleted')
            then 'Your payout account was not found. '
                || 'Nothing was sent. Please set up a payout account again, then try again.'
        when p_code in ('country_unsupported', 'transfers_cross_border_not_allowed')
            then 'Payouts to the country of your payout account are not possible. Nothing was sent.'
        when p_code in ('amount_too_small', 'amount_too_large')
            then 'The amount is outside of what can be transferred at once. Nothing was sent.'
        when p_code = 'abandoned'
            then 'The transfer never reached the bank. Nothing was sent. Please try again.'
        else 'The transfer was refused. '
            || 'Nothing was sent. Support can tell why, by the id of this payout.'
    end
$$;
