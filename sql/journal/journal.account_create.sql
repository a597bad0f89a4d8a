-- Makes an account of the principal.
--
-- Returns: the account as journal.account_v shows it
-- Raises: PU412 the firm has an account with that number, PU422 (journal.name_check)
-- Locks: book
-- Tables written: journal.account, journal.firm, journal.node
create or replace function journal.account_create(
    p_number text, p_firm text, p_type text, p_size_cents bigint, p_net_pnl_cents bigint,
    p_status text
) returns journal.account_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_book journal.book := journal.book_lock();
    v_number text := journal.name_check('account_number', p_number);
    v_firm uuid := journal.firm_of(v_book, journal.name_check('firm_name', p_firm));
    v_now timestamptz := clock_timestamp();
    v_id uuid;
    v_answer journal.account_v;
begin
    insert into journal.account
        (id, tenant_id, book_id, firm_id, account_number, account_type, size_cents, net_pnl_cents,
            status, created_at, updated_at)
    values (journal.new_id(v_now), v_book.tenant_id, v_book.id, v_firm, v_number, p_type,
        p_size_cents, coalesce(p_net_pnl_cents, 0), coalesce(p_status, 'active'),
        date_trunc('second', v_now), date_trunc('second', v_now))
    on conflict (tenant_id, book_id, account_number, firm_id) do nothing
    returning id into v_id;
    if not found then
        raise exception using errcode = 'PU412',
            message = 'there is an account with this number at this firm';
    end if;
    perform journal.history_create(v_id, v_book.tenant_id);
    select * into v_answer from journal.account_v v where v.id = v_id;
    return v_answer;
end
$$;
grant execute on function journal.account_create(
    text, text, text, bigint, bigint, text
) to purser_payouts;
