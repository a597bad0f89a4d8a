-- Gives an endpoint a new secret, by Standard Webhooks: 32 random bytes.  Those it has are good for
-- another 24 hours, the newest four of them: every delivery carries a signature by each.
--
-- A secret is stored as it is, since each delivery is signed by it.  No view shows it, no program
-- but purser-jobs reads it (webhooks.delivery_claim), and no statement has it as a parameter, where
-- it would come into logs.
--
-- Returns: the secret, which is shown once
-- Tables written: webhooks.secret
create or replace function webhooks.secret_add(p_tenant text, p_endpoint text) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_kept constant int := 4;
    v_number int;
    v_secret text := 'whsec_' || encode(sha256(uuid_send(gen_random_uuid())
        || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64');
begin
    select coalesce(max(s.number), 0) + 1 into v_number
    from webhooks.secret s
    where (s.tenant_id, s.endpoint_id) = (p_tenant, p_endpoint);
    delete from webhooks.secret s
    where (s.tenant_id, s.endpoint_id) = (p_tenant, p_endpoint)
        and (s.expires_at <= now() or s.number < v_number - c_kept);
    update webhooks.secret s
    set expires_at = now() + interval '24 h'
    where (s.tenant_id, s.endpoint_id) = (p_tenant, p_endpoint) and s.expires_at is null;
    insert into webhooks.secret (tenant_id, endpoint_id, number, secret)
    values (p_tenant, p_endpoint, v_number, v_secret);
    return v_secret;
end
$$;
