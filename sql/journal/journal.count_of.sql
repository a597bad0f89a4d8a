-- The number of payouts with a status from the four numbers of a part.
--
-- Parameters: p_status one status or several, separated by commas; null = any.  None of the four
--   words is part of another.
create or replace function journal.count_of(
    p_status text, p_pending bigint, p_processing bigint, p_completed bigint, p_failed bigint
) returns bigint
    language sql immutable
as $$
    select case
        when p_status is null then p_pending + p_processing + p_completed + p_failed
        else case when position('pending' in p_status) > 0 then p_pending else 0 end
            + case when position('processing' in p_status) > 0 then p_processing else 0 end
            + case when position('completed' in p_status) > 0 then p_completed else 0 end
            + case when position('failed' in p_status) > 0 then p_failed else 0 end
    end
$$;
