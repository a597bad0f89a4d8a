-- Where onboarding sends people back to, at every start: the port may be another one.
select count(admin.set_connect_urls(t.slug, :'base', null, null, 'sandbox data', false)) as tenants
from (values ('harbor'), ('northwind')) as t (slug) \gset
