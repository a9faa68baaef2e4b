-- Version 3. Archives that share this file keep out of each other's way.

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  expires INTEGER NOT NULL -- milliseconds since 1970
) WITHOUT ROWID;
