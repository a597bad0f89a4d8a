-- Data of the sandbox, through the same functions that an operator uses.  Prints lines of
-- sandbox.env: credentials are shown only when they are made.
\set ON_ERROR_STOP on
\set reason '''sandbox data'''

begin;
select admin.create_tenant('harbor', 'Harbor Funding', '5Fsandbox1', :reason, false) as tenant,
    admin.create_tenant('northwind', 'Northwind Traders', '5Fsandbox2', :reason, false)
        as other \gset

-- The sandbox waits for no payee that changed, and has no maximum.
select count(admin.set_payout_limits(t.slug, null, null, null, 0, 900, :reason, false)) as limits
from (values ('harbor'), ('northwind')) as t (slug) \gset

-- id, market, asset class, account size, cents
select count(admin.set_tier(tenant, id, 'crypto', 'crypto', size, cents, 'usd', true, :reason,
    false)) as tiers
from (values ('harbor'), ('northwind')) t (tenant),
    (values ('tier_25k', 25000, 19900), ('tier_demo', 10000, 0), ('trial', 10000, 0),
        ('challenge_25k', 25000, 19900), ('challenge_50k', 50000, 34900),
        ('challenge_100k', 100000, 49900)) v (id, size, cents) \gset

select client_id as app, client_secret as secret
from admin.create_app('harbor', 'dashboard', :reason, false) \gset
select client_id as other_app
from admin.create_app('northwind', 'dashboard', :reason, false) \gset
select admin.mint_app_token(:'app', array['api'], 30, :reason, false) as token,
    admin.mint_app_token(:'app', array['api', 'payouts:write'], 30, :reason, false)
        as payouts_token,
    admin.mint_app_token(:'other_app', array['api'], 30, :reason, false) as other_token,
    admin.mint_app_token(:'other_app', array['api', 'payouts:write'], 30, :reason, false)
        as other_payouts_token \gset

select admin.create_user('harbor', 'maria.keller@harbor.example', :reason, false) as trader,
    admin.create_user('harbor', 'tom.okafor@harbor.example', :reason, false) as second,
    admin.create_user('northwind', 'ines.duarte@northwind.example', :reason, false)
        as other_user \gset
select admin.mint_session(:'trader', 30, :reason, false) as session,
    admin.mint_session(:'other_user', 30, :reason, false) as other_session \gset
commit;

\echo APP_CLIENT_ID=:app
\echo APP_CLIENT_SECRET=:secret
\echo APP_TOKEN=:token
\echo PAYOUTS_APP_TOKEN=:payouts_token
\echo SESSION_TOKEN=:session
\echo OTHER_APP_TOKEN=:other_token
\echo OTHER_PAYOUTS_APP_TOKEN=:other_payouts_token
\echo OTHER_SESSION_TOKEN=:other_session
\echo USER_EMAIL=maria.keller@harbor.example
