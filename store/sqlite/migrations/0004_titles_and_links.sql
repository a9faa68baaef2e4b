-- Version 4: catalogues, advisories and scores, whose records have titles and
-- lead to each other.

CREATE TABLE entry_prose ( -- kinds that are none of NVD's
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, name TEXT NOT NULL,
  published INTEGER, modified INTEGER,
  status INTEGER NOT NULL, reporter INTEGER NOT NULL, feed INTEGER NOT NULL, -- term
  converted INTEGER NOT NULL, withdrawn INTEGER,
  title TEXT,
  uuid BLOB, uuid_key INTEGER, product INTEGER, platform TEXT, -- as in entry
  revision INTEGER NOT NULL, origin INTEGER NOT NULL,
  hash BLOB NOT NULL, text INTEGER NOT NULL, -- as in record
  frame INTEGER NOT NULL, -- tells versions apart of which more than dates, title and texts differs
  members BLOB,
  body NOT NULL
);

CREATE TABLE entry_epss ( -- scores, all of which change every day
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, name TEXT NOT NULL,
  published INTEGER, modified INTEGER,
  status INTEGER NOT NULL, reporter INTEGER NOT NULL, feed INTEGER NOT NULL, -- term
  converted INTEGER NOT NULL, withdrawn INTEGER,
  title TEXT,
  uuid BLOB, uuid_key INTEGER, product INTEGER, platform TEXT, -- as in entry
  revision INTEGER NOT NULL, origin INTEGER NOT NULL,
  hash BLOB NOT NULL, text INTEGER NOT NULL, -- as in record
  frame INTEGER NOT NULL, -- as in entry_prose
  members BLOB,
  body NOT NULL
);

-- All words in their order, so that phrases are found here: stores cannot tell
-- which parts of these bodies are texts. A word that no text has is between two
-- texts.
CREATE VIRTUAL TABLE words_prose USING fts5(word, content='', contentless_delete=1, tokenize='ascii');

-- With the rule, so that links into a record are followed by this index alone.
DROP INDEX link_target;
CREATE INDEX link_target ON link (target, kind, rule);

ALTER TABLE source_state ADD COLUMN release TEXT;

-- A column has one affinity throughout, without which SQLite reads all of it.
CREATE VIEW records AS
SELECT kind.value AS kind, r.name AS id, r.title AS title, status.value AS status,
  strftime('%Y-%m-%dT%H:%M:%f', r.published / 1000.0, 'unixepoch') AS published, strftime('%Y-%m-%dT%H:%M:%f', r.modified / 1000.0, 'unixepoch') AS last_modified,
  feed.value AS source, r.converted AS converted, strftime('%Y-%m-%dT%H:%M:%f', r.withdrawn / 1000.0, 'unixepoch') AS withdrawn, r.body AS body
FROM (
  SELECT kind, name, title, status, published, modified, feed, converted, withdrawn, body FROM entry_prose
  UNION ALL SELECT kind, name, title, status, published, modified, feed, converted, withdrawn, body FROM entry_epss
  UNION ALL SELECT kind, name, CAST(NULL AS TEXT), status, published, modified, feed, converted, withdrawn, body FROM entry
) r
JOIN term kind ON kind.id = r.kind
JOIN term status ON status.id = r.status
JOIN term feed ON feed.id = r.feed;

CREATE VIEW links AS
SELECT r.from_kind AS from_kind, r.name AS from_id, kind.value AS kind, r.target AS id, rule.value AS rule, feed.value AS source
FROM (
  SELECT k.value AS from_kind, r.name AS name, r.feed AS feed, l.kind AS kind, l.target AS target, l.rule AS rule FROM entry_prose r JOIN link l ON l.record = r.id JOIN term k ON k.id = r.kind WHERE r.withdrawn IS NULL
  UNION ALL SELECT k.value, r.name, r.feed, l.kind, l.target, l.rule FROM entry_epss r JOIN link l ON l.record = r.id JOIN term k ON k.id = r.kind WHERE r.withdrawn IS NULL
  UNION ALL SELECT k.value, r.name, r.feed, l.kind, l.target, l.rule FROM entry r JOIN link l ON l.record = r.id JOIN term k ON k.id = r.kind WHERE r.withdrawn IS NULL
  UNION ALL SELECT k.value, r.name, r.feed, l.kind, l.target, l.rule FROM entry_cpe r JOIN link l ON l.record = r.id JOIN term k ON k.id = r.kind WHERE r.withdrawn IS NULL
  UNION ALL SELECT k.value, r.name, r.feed, l.kind, l.target, l.rule FROM entry_cpematch r JOIN link l ON l.record = r.id JOIN term k ON k.id = r.kind WHERE r.withdrawn IS NULL
  UNION ALL SELECT k.value, r.name, r.feed, l.kind, l.target, l.rule FROM entry_cvechange r JOIN link l ON l.record = r.id JOIN term k ON k.id = r.kind WHERE r.withdrawn IS NULL
) r
JOIN term kind ON kind.id = r.kind
JOIN term rule ON rule.id = r.rule
JOIN term feed ON feed.id = r.feed;

DROP VIEW history;
CREATE VIEW history AS
WITH holder (record, kind, name) AS (
  SELECT id, kind, name FROM record UNION ALL SELECT id, kind, name FROM entry
  UNION ALL SELECT id, kind, name FROM entry_cpe
  UNION ALL SELECT id, kind, name FROM entry_cpematch
  UNION ALL SELECT id, kind, name FROM entry_cvechange
  UNION ALL SELECT id, kind, name FROM entry_prose
  UNION ALL SELECT id, kind, name FROM entry_epss
)
SELECT kind.value AS kind, h.name AS id, v.current,
  strftime('%Y-%m-%dT%H:%M:%f', v.modified / 1000.0, 'unixepoch') AS last_modified,
  strftime('%Y-%m-%dT%H:%M:%f', v.published / 1000.0, 'unixepoch') AS published,
  status.value AS status, reporter.value AS source_identifier,
  strftime('%Y-%m-%dT%H:%M:%f', o.fetched / 1000.0, 'unixepoch') AS first_seen,
  o.source, o.filename, o.sha256, lower(hex(v.hash)) AS content_hash, v.body
FROM (
  SELECT record, 0 AS current, published, modified, status, reporter, origin, hash, body FROM version
  UNION ALL SELECT id, 1, published, modified, status, reporter, origin, hash, body FROM record JOIN body ON body.record = record.id
  UNION ALL SELECT id, 1, published, modified, status, reporter, origin, hash, body FROM entry
  UNION ALL SELECT id, 1, published, modified, status, reporter, origin, hash, body FROM entry_cpe
  UNION ALL SELECT id, 1, published, modified, status, reporter, origin, hash, body FROM entry_cpematch
  UNION ALL SELECT id, 1, published, modified, status, reporter, origin, hash, body FROM entry_cvechange
  UNION ALL SELECT id, 1, published, modified, status, reporter, origin, hash, body FROM entry_prose
  UNION ALL SELECT id, 1, published, modified, status, reporter, origin, hash, body FROM entry_epss
) v
JOIN holder h ON h.record = v.record
JOIN term kind ON kind.id = h.kind
JOIN origin o ON o.id = v.origin
LEFT JOIN term status ON status.id = v.status
LEFT JOIN term reporter ON reporter.id = v.reporter;
