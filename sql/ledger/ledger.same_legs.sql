-- A source that is posted again must have the legs that it had.  One from before migration 0030 was
-- posted against stripe:balance, not stripe:clearing: its amounts must be the same.
--
-- Parameters: p_ids each account once, p_amounts
-- Raises: PU900
create or replace function ledger.same_legs(
    p_tenant text, p_kind text, p_source text, p_ids bigint[], p_amounts numeric[]
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids bigint[];
    v_amounts numeric[];
    v_old boolean;
begin
    select array_agg(l.id order by l.id), array_agg(l.amount order by l.id)
    into p_ids, p_amounts
    from unnest(p_ids, p_amounts) as l(id, amount)
    where l.amount <> 0;
    select array_agg(e.account_id order by e.account_id),
        array_agg(e.amount order by e.account_id), bool_or(t.effective_at is null)
    into v_ids, v_amounts, v_old
    from ledger.transfer t
    join ledger.entry e on e.tenant_id = t.tenant_id and e.transfer_id = t.id
    where t.tenant_id = p_tenant and t.kind = p_kind and t.source = p_source;
    if v_old then
        v_ids := p_ids;
        v_amounts := array(select a from unnest(v_amounts) as a order by a);
        p_amounts := array(select a from unnest(p_amounts) as a order by a);
    end if;
    if (v_ids, v_amounts) is distinct from (p_ids, p_amounts) then
        raise exception using errcode = 'PU900',
            message = format('%s %s was posted with other legs', p_kind, p_source),
            detail = format('%s %s, now %s %s', v_ids, v_amounts, p_ids, p_amounts);
    end if;
end
$$;
