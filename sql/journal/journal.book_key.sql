-- The key of an advisory lock of the principal's book: 0 = its changes share it, a file has it
-- alone; 1 = its files, one at a time.
create or replace function journal.book_key(p_lock int) returns bigint
    language sql stable parallel safe
    return hashtextextended(format('journal.book %s %s', current_setting('purser.tenant', true),
        current_setting('purser.principal', true)), p_lock);
