-- jobs.prune asks every minute for the credentials that ended long ago: it shall
-- not read all of those that are in use.
create index app_token_ended on auth.app_token (least(expires_at, revoked_at));
create index session_ended on auth.session (least(expires_at, revoked_at));

do $$
begin
    if (select count(*) from pg_index
        where indexrelid in ('auth.app_token_ended'::regclass, 'auth.session_ended'::regclass)
        and indisvalid) <> 2 then
        raise exception 'verify: indexes for pruning';
    end if;
end
$$;
