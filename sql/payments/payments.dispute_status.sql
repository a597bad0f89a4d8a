-- Our status for a Stripe dispute status; null for one that we do not know.
create or replace function payments.dispute_status(p_stripe_status text) returns text
    language sql immutable
as $$
    select case
        when p_stripe_status
            in ('needs_response', 'warning_needs_response', 'appeal_needs_response')
            then 'needs_response'
        when p_stripe_status in ('under_review', 'warning_under_review', 'appeal_under_review')
            then 'under_review'
        when p_stripe_status in ('won', 'warning_closed', 'prevented') then 'won'
        when p_stripe_status = 'lost' then 'lost'
    end
$$;
grant execute on function payments.dispute_status(text) to purser_background;
