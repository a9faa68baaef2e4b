-- Version 5. This index gets more columns; opening makes it anew, and those there
-- were none of before.
DROP INDEX IF EXISTS record_weaknesses;
