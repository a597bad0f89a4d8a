-- Imports older than 91 days are removed (retention.prune), which finds them by their time.
create index import_created_at on journal.import (created_at);

do $$
begin
    if to_regclass('journal.import_created_at') is null then
        raise exception 'verify: imports have an index of their time';
    end if;
end
$$;
