-- Which account at Stripe a Stripe account of ours is.  The first key that a program has for it
-- fixes that (core.stripe_key_check); the key of another one is not used from then on.  With such a
-- key every payee would look deleted, and what is known of transfers would be lost.
set local lock_timeout = '10s';
alter table core.stripe_account
    add column stripe_id text collate "C" unique check (stripe_id ~ '^acct_[A-Za-z0-9_]{1,250}$'),
    add column stripe_id_at timestamptz,
    add column key_problem text;
comment on column core.stripe_account.stripe_id is
    'its id at Stripe, fixed by its first key; null = no key was confirmed';
comment on column core.stripe_account.key_problem is
    'why purser-jobs does not use the key in the file; null = it does, or there is none';

do $$
begin
    if not exists (
        select from pg_constraint k
        join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
        where k.conrelid = 'core.stripe_account'::regclass and k.contype = 'u'
            and a.attname = 'stripe_id')
    then
        raise exception 'verify: no two Stripe accounts of ours are one at Stripe';
    end if;
end
$$;
