-- Everything that is known of an e-mail or of an id (ours, Stripe's, the provider's), of all
-- modules: whose it is, what happened in the order in which it was stored here, and at the end what
-- each is now.  All times are the database's; those of Stripe's clock are in the detail.  By
-- indexes only: it does not wait for the size of the tables.
--
-- Parameters: p_what e-mail, usr_, pay_, prop_, po_, con_, rfi_, exc_, hsc_, msg_, a reading, a
--   transfer of the ledger, a subaccount's uuid; pi_, ch_, re_, dp_, acct_, tr_, trr_, txn_, evt_
-- Returns: the timeline.  When several objects have it, each is named in rows `several have this`
--   at the top.  Without a time are also `belongs to`, the user and the e-mail, and `now: …`
-- Raises: PU404 nothing is known of it
create or replace function admin.trace(p_what text)
    returns table (at timestamptz, tenant text, what text, object text, detail text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_what text := btrim(p_what);
    v_count bigint := (
        select count(distinct (f.tenant_id, f.kind, f.id)) from admin.trace_find(v_what) as f);
begin
    if v_count = 0 then
        raise exception using errcode = 'PU404',
            message = format('nothing is known of %L', v_what),
            hint = case when v_what like 'req\_%'
                then 'request ids are in the logs only: journalctl -u ''purser-*'' -g ' || v_what
                else 'an e-mail or a whole id is needed' end;
    end if;
    return query
    select null::timestamptz, t.slug, 'several have this', f.id, f.kind
    from (select distinct x.tenant_id, x.kind, x.id from admin.trace_find(v_what) as x) as f
    join core.tenant t on t.id = f.tenant_id
    where v_count > 1
    order by t.slug, f.id;
    return query
    select x.*
    from (
        select distinct l.at, t.slug, l.what, l.object, l.detail
        from admin.trace_find(v_what) as f
        join core.tenant t on t.id = f.tenant_id
        cross join lateral admin.trace_related(f.tenant_id, f.kind, f.id, f.user_id, f.payment_id,
            f.account_id, f.payout_id, f.connect_id) as r
        cross join lateral (
            select * from admin.trace_user(f.tenant_id, r.kind, r.id)
            union all
            select * from admin.trace_payment(f.tenant_id, r.kind, r.id)
            union all
            select * from admin.trace_payout(f.tenant_id, r.kind, r.id)
            union all
            select * from admin.trace_of(f.tenant_id, r.kind, r.id)
            where r.kind is distinct from 'owner') as l) as x (at, slug, what, object, detail)
    order by x.what = 'belongs to' desc, x.at nulls last, x.object, x.what;
end
$$;
comment on function admin.trace is
    'one timeline of all that is known of an e-mail or any id, ours or Stripe''s';
