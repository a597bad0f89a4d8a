-- Gives a Stripe account of ours another account at Stripe, when it was replaced there, or when the
-- first key was a wrong one.  From then on only keys of the new account are used; the programs take
-- one that is in its file already within seconds.
--
-- What is under way must end first: it would be looked up at the new account, not be found, and be
-- made a second time.  What was made at the old account stays there: payments are refunded there,
-- traders onboard again at the new one, and what the old balance leaves in the books is booked by
-- admin.post_adjustment.
--
-- Parameters: p_name of the Stripe account; p_stripe_id the new account at Stripe, acct_...
-- Returns: p_stripe_id; null after a dry run
-- Raises: PU404; PU412 it is that account already, another has it, or a call of Stripe is under
--   way; PU422
-- Locks: the Stripe account
-- Tables written: core.stripe_account, admin.audit
create or replace function admin.replace_stripe_account(
    p_name text, p_stripe_id text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_row core.stripe_account;
    v_under_way text;
begin
    select * into v_row from core.stripe_account s where s.name = p_name for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = format('no Stripe account %L', p_name);
    end if;
    perform admin.need(p_stripe_id ~ '^acct_[A-Za-z0-9_]{1,250}$', 'p_stripe_id',
        'an id of an account at Stripe: acct_ and letters, digits and _');
    if v_row.stripe_id = p_stripe_id then
        raise exception using errcode = 'PU412',
            message = format('the Stripe account %s is %s', p_name, p_stripe_id);
    elsif exists (select from core.stripe_account s where s.stripe_id = p_stripe_id) then
        raise exception using errcode = 'PU412',
            message = format('the Stripe account %s is %s: two would share its balance', (
                select s.name from core.stripe_account s where s.stripe_id = p_stripe_id),
                p_stripe_id);
    end if;
    v_under_way := admin.under_way(array[v_row.tenant_id]);
    if v_under_way is not null then
        raise exception using errcode = 'PU412',
            message = format('calls of Stripe or checkouts are under way: %s; '
                'admin.cancel_checkouts cancels these', v_under_way);
    end if;
    perform admin.record('replace_stripe_account', v_row.tenant_id,
        jsonb_build_object('name', p_name, 'stripe_id', p_stripe_id, 'stripe_id_before',
            v_row.stripe_id), p_reason, false);
    update core.stripe_account s
    set stripe_id = p_stripe_id, stripe_id_at = now()
    where s.name = p_name;
    perform admin.finish(format('replace_stripe_account %s by %s', p_name, p_stripe_id),
        p_dry_run);
    return p_stripe_id;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.replace_stripe_account is
    'lets keys of another account at Stripe be used for a Stripe account that was replaced there';
