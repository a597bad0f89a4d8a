-- As journal.book_lock, for an import, or to take one back, which may work for seconds.  It waits
-- for changes that run, not for another import, and changes that come meanwhile do not wait.
--
-- Raises: PU404 the principal has none; PU450 another import is being made or taken back
-- Locks: the book, by two advisory locks until the end of the transaction, then the book's row
create or replace function journal.book_lock_long() returns journal.book
    language plpgsql volatile
as $$
begin
    if not pg_try_advisory_xact_lock(journal.book_key(1)) then
        raise exception using errcode = 'PU450', message =
            'another import into this journal is being made or taken back, try again in a second';
    end if;
    perform pg_advisory_xact_lock(journal.book_key(0));
    return journal.book_lock();
end
$$;
