-- Whether a Stripe dispute status is that of an inquiry: the bank asks, and moves no money.
create or replace function payments.dispute_is_inquiry(p_stripe_status text) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select p_stripe_status like 'warning\_%'
$$;
grant execute on function payments.dispute_is_inquiry(text) to purser_background;
