-- Whether a reading of a dispute is older than what we know: fewer movements of
-- money, or an earlier stage.  Two threads of purser-jobs may read at
-- different moments and apply in the other order.
--
-- Stages: inquiry (warning_*) -> closed or a real dispute -> won, lost -> appeal -> won, lost.
create or replace function payments.dispute_is_stale(
    p_known text, p_known_movements int, p_read text, p_read_movements int
) returns boolean
    language sql immutable
as $$
    select p_read_movements < p_known_movements
        or coalesce(array_position(s.stages, p_read) < array_position(s.stages, p_known), false)
            and not (p_known like 'appeal\_%' and p_read in ('won', 'lost'))
            and not (p_known in ('won', 'lost') and p_read in ('won', 'lost'))
    from (select array['warning_needs_response', 'warning_under_review', 'warning_closed',
        'prevented', 'needs_response', 'under_review', 'won', 'lost', 'appeal_needs_response',
        'appeal_under_review']) as s (stages)
$$;
grant execute on function payments.dispute_is_stale(text, int, text, int) to purser_background;
