-- A payout as its GET shows it, for events.
create or replace function payouts.payout_data(p_id text) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select to_jsonb(v) - 'user_id' - 'account_id' from payouts.payout_row_v v where v.id = p_id
$$;
