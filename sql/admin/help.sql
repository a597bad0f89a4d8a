-- \i sql/admin/help.sql: what an operator can do and look at.
\echo 'Functions change nothing unless p_dry_run => false;'
\echo 'each needs p_reason and leaves a row in admin.audit.'
select name, what, arguments from admin.help;
