-- Module retention: what has served its time is deleted.
-- Views and functions, each after what it needs.

set local role purser_background;
\ir retention.prune.sql
