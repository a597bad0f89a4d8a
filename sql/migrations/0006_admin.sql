-- The operators' audit: append-only, each row hashed over the one before it.

create table admin.audit (
    id bigint primary key,
    at timestamptz not null,
    actor text not null,
    action text not null,
    object_id text,
    arguments jsonb not null,
    reason text not null check (btrim(reason) <> ''),
    previous_hash bytea not null,
    hash bytea not null
);

create trigger append_only before update or delete on admin.audit
    for each row execute function core.refuse('the audit is append-only');
create trigger no_truncate before truncate on admin.audit
    for each statement execute function core.refuse('the audit is append-only');

do $$
begin
    if (select count(*) from pg_trigger where tgrelid = 'admin.audit'::regclass) <> 2 then
        raise exception 'verify: audit triggers are missing';
    end if;
end
$$;

revoke update, delete, truncate on admin.audit from purser_owner;
