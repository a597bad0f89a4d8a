-- At every start.  The second tenant's Stripe account, once; the first tenant has `default`.
select count(admin.create_stripe_account('northwind', 'northwind', 'sandbox data', false)) as made
where not exists (select from admin.stripe_accounts a where a.tenant = 'northwind') \gset

-- Where onboarding sends people back to: the port may be another one.
select count(admin.set_connect_urls(t.slug, :'base', null, null, 'sandbox data', false)) as tenants
from (values ('harbor'), ('northwind')) as t (slug) \gset
