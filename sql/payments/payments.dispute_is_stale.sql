-- Whether a reading of a dispute is older than what we know.  Two threads of purser-jobs may read
-- at different moments and apply in the other order.
--
-- Stripe's movements of money (balance transactions) only become more.  So a reading with a
-- movement that we do not know is never older; one without a movement that we know is.  With the
-- same movements the stage decides: inquiry (warning_*) -> closed or a real dispute -> won, lost ->
-- appeal -> won, lost.
--
-- Parameters: p_known our row; p_status and p_movements of the reading
create or replace function payments.dispute_is_stale(
    p_known payments.dispute, p_status text, p_movements jsonb
) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with known as (
        select m.id
        from payments.dispute_movement m
        where m.tenant_id = p_known.tenant_id and m.dispute_id = p_known.id
    ), read as (
        select r ->> 'id' as id from jsonb_array_elements(p_movements) as r
    ), compared as (
        select
            -- less those that are known by number only, which were booked before there were rows
            (select count(*) from read r where not exists (select from known k where k.id = r.id))
                - greatest(0, p_known.movements - (select count(*) from known)) as new,
            exists (select from known k where k.id not in (select r.id from read r)) as lacks,
            array['warning_needs_response', 'warning_under_review', 'warning_closed', 'prevented',
                'needs_response', 'under_review', 'won', 'lost', 'appeal_needs_response',
                'appeal_under_review'] as stages
    )
    select c.new <= 0
        and (c.new < 0 or c.lacks
            or coalesce(array_position(c.stages, p_status)
                < array_position(c.stages, p_known.stripe_status), false)
                and not (p_known.stripe_status like 'appeal\_%' and p_status in ('won', 'lost'))
                and not (p_known.stripe_status in ('won', 'lost') and p_status in ('won', 'lost')))
    from compared c
$$;
grant execute on function payments.dispute_is_stale(payments.dispute, text, jsonb)
    to purser_background;
