-- The number of payouts with a status (null = any) from the four numbers of a part.
create or replace function journal.count_of(
    p_status text, p_pending bigint, p_processing bigint, p_completed bigint, p_failed bigint
) returns bigint
    language sql immutable
as $$
    select case p_status
        when 'pending' then p_pending
        when 'processing' then p_processing
        when 'completed' then p_completed
        when 'failed' then p_failed
        else p_pending + p_processing + p_completed + p_failed
    end
$$;
