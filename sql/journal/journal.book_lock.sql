-- Locks the principal's book and returns it.  Every change of a journal calls this first, so the
-- changes of one user run one after the other; but none waits, with a connection in hand, for a
-- file (journal.book_lock_long).
--
-- Raises: PU404 the principal has none; PU450 a file is being worked on
-- Locks: the book, by an advisory lock that its changes share, then the book's row (after the
--   idempotency row, before everything else of the journal)
create or replace function journal.book_lock() returns journal.book
    language plpgsql volatile
as $$
declare
    v_book journal.book;
begin
    if not pg_try_advisory_xact_lock_shared(journal.book_key(0)) then
        raise exception using errcode = 'PU450', message =
            'an import into this journal is being made or taken back, try again in a second';
    end if;
    select * into v_book
    from journal.book b
    where b.tenant_id = current_setting('purser.tenant', true)
        and b.user_id = current_setting('purser.principal', true)
    for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_book;
end
$$;
