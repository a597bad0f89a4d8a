-- Hash chain: the hash of an audit row, SHA-256 of the one before and of every column.
create or replace function admin.audit_hash(
    p_previous bytea, p_id bigint, p_at timestamptz, p_actor text, p_action text, p_object_id text,
    p_arguments jsonb, p_reason text
) returns bytea
    language sql immutable
as $$
    select sha256(p_previous || convert_to(jsonb_build_array(
        p_id, extract(epoch from p_at), p_actor, p_action, p_object_id, p_arguments,
        p_reason)::text, 'UTF8'))
$$;
-- For admin.audit_check.
grant execute on function admin.audit_hash(
    bytea, bigint, timestamptz, text, text, text, jsonb, text) to purser_admin;
