-- Version 1. docs/schema.md describes what is public: the views. The tables
-- below them keep every repeated text once and every time as milliseconds
-- since 1970-01-01 UTC.

CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
-- lineage tells one database from another that took its place.
INSERT INTO counter VALUES ('revision', 0), ('bulk', 0), ('lineage', random());

-- Short texts: kinds, statuses, identifiers, beginnings of URLs.
CREATE TABLE term (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE);

-- Archived files that batches came from.
CREATE TABLE origin (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, filename TEXT NOT NULL, sha256 TEXT NOT NULL,
  fetched INTEGER,
  complete INTEGER NOT NULL DEFAULT 0, -- 1 once its last batch was applied
  UNIQUE (source, filename, sha256)
);

CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, name TEXT NOT NULL, year INTEGER NOT NULL,
  published INTEGER, modified INTEGER,
  status INTEGER NOT NULL, reporter INTEGER NOT NULL, feed INTEGER NOT NULL, -- term
  sources INTEGER, weaknesses INTEGER, tags INTEGER, scores INTEGER, -- set
  best INTEGER, -- ordinal in scores
  flags INTEGER NOT NULL, -- 1 CERT alert, 2 CERT note, 4 OVAL
  revision INTEGER NOT NULL, origin INTEGER NOT NULL,
  hash BLOB NOT NULL, -- first 16 bytes of the SHA-256 of the body
  text INTEGER NOT NULL, -- 8 bytes of the SHA-256 of its words
  UNIQUE (kind, name)
);
CREATE TABLE body (record INTEGER PRIMARY KEY, body NOT NULL);

-- Superseded versions, in the order in which they were superseded.
CREATE TABLE version (
  id INTEGER PRIMARY KEY, record INTEGER NOT NULL,
  published INTEGER, modified INTEGER,
  status INTEGER NOT NULL, reporter INTEGER NOT NULL, feed INTEGER NOT NULL,
  origin INTEGER NOT NULL, hash BLOB NOT NULL, body NOT NULL
);
CREATE INDEX version_record ON version (record);

-- Sets: what many records have in common is kept once. key is the first 16
-- bytes of the SHA-256 of the members.
CREATE TABLE set_key (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE);
CREATE TABLE set_source (set_id INTEGER, name TEXT, PRIMARY KEY (set_id, name)) WITHOUT ROWID;
CREATE TABLE set_tag (set_id INTEGER, ordinal INTEGER, name TEXT, source TEXT, PRIMARY KEY (set_id, ordinal)) WITHOUT ROWID;
CREATE TABLE set_weakness (set_id INTEGER, ordinal INTEGER, cwe TEXT, source TEXT, type TEXT, PRIMARY KEY (set_id, ordinal)) WITHOUT ROWID;
CREATE TABLE set_score (
  set_id INTEGER, ordinal INTEGER, version TEXT, scorer TEXT, type TEXT, base REAL, severity TEXT, vector TEXT,
  PRIMARY KEY (set_id, ordinal)
) WITHOUT ROWID;
-- The listings of one URL: who listed it and with which tags (a JSON array).
CREATE TABLE set_listing (set_id INTEGER, ordinal INTEGER, source TEXT, tags TEXT, PRIMARY KEY (set_id, ordinal)) WITHOUT ROWID;

CREATE TABLE kev_entry (record INTEGER PRIMARY KEY, added TEXT, due TEXT, action TEXT, name TEXT);

CREATE TABLE cpe_product (id INTEGER PRIMARY KEY, part TEXT NOT NULL, vendor TEXT NOT NULL, product TEXT NOT NULL, UNIQUE (vendor, product, part));
-- A match criterion as upstream spells it is criteria, or when that is NULL
-- cpe:2.3:part:vendor:product:version and then rest, or seven times :*.
CREATE TABLE criterion (
  id INTEGER PRIMARY KEY,
  uuid NOT NULL, -- matchCriteriaId: 16 bytes, or text that is no upper-case UUID
  product INTEGER NOT NULL, version TEXT, rest TEXT, criteria TEXT,
  start_including TEXT, start_excluding TEXT, end_including TEXT, end_excluding TEXT
);
-- 4 bytes tell nearly all apart. A large load needs this too, once there are
-- more criteria than the writer remembers.
CREATE INDEX criterion_uuid ON criterion (substr(uuid, 1, 4));
CREATE TABLE criterion_record (criterion INTEGER, record INTEGER, PRIMARY KEY (criterion, record)) WITHOUT ROWID;

-- JSON lists per record.
-- links: [[term of the beginning, rest of the URL, listing set], ...]
-- nodes: [[configuration, node, operator, negate, criterion, ...], ...] where a
--        criterion that is not vulnerable has a minus sign
CREATE TABLE detail (record INTEGER PRIMARY KEY, links TEXT, nodes TEXT);

-- The words of the descriptions, cut by the program, each once per record.
CREATE VIRTUAL TABLE words USING fts5(word, content='', contentless_delete=1, detail=none, tokenize='ascii');

CREATE TABLE source_state (source TEXT PRIMARY KEY, completed TEXT, synced TEXT, watermark TEXT, failed TEXT, reason TEXT) WITHOUT ROWID;

CREATE VIEW cve AS
SELECT r.name AS id,
  strftime('%Y-%m-%dT%H:%M:%f', r.published / 1000.0, 'unixepoch') AS published,
  strftime('%Y-%m-%dT%H:%M:%f', r.modified / 1000.0, 'unixepoch') AS last_modified,
  status.value AS status, reporter.value AS source_identifier,
  s.version AS best_version, s.base AS best_score, s.severity AS best_severity, s.vector AS best_vector, s.scorer AS best_scorer,
  k.added AS kev_added,
  (r.flags & 1) <> 0 AS cert_alert, (r.flags & 2) <> 0 AS cert_note, (r.flags & 4) <> 0 AS oval,
  r.year AS feed_year, feed.value AS source, r.revision AS revision, lower(hex(r.hash)) AS content_hash, b.body AS body
FROM record r
LEFT JOIN term status ON status.id = r.status
LEFT JOIN term reporter ON reporter.id = r.reporter
LEFT JOIN term feed ON feed.id = r.feed
LEFT JOIN set_score s ON s.set_id = r.scores AND s.ordinal = r.best
LEFT JOIN kev_entry k ON k.record = r.id
LEFT JOIN body b ON b.record = r.id
WHERE r.kind = (SELECT id FROM term WHERE value = 'cve');

CREATE VIEW cvss AS
SELECT r.name AS id, s.version, s.base AS base_score, s.severity, s.vector, s.scorer, s.type, s.ordinal = r.best AS best
FROM record r JOIN set_score s ON s.set_id = r.scores;

CREATE VIEW weakness AS
SELECT r.name AS id, w.cwe, w.source, w.type FROM record r JOIN set_weakness w ON w.set_id = r.weaknesses;

CREATE VIEW tag AS
SELECT r.name AS id, t.name, t.source FROM record r JOIN set_tag t ON t.set_id = r.tags;

CREATE VIEW source_identifier AS
SELECT r.name AS id, s.name AS source FROM record r JOIN set_source s ON s.set_id = r.sources;

CREATE VIEW kev AS
SELECT r.name AS id, k.added, k.due, k.action, k.name FROM kev_entry k JOIN record r ON r.id = k.record;

-- CROSS JOIN keeps SQLite from beginning a join at the inner end of a JSON
-- list, from where there is no way back to the record but to read them all.
CREATE VIEW reference AS
SELECT r.name AS id, t.value || (l.value ->> 1) AS url, s.source, s.tags
FROM record r
CROSS JOIN detail d ON d.record = r.id
CROSS JOIN json_each(d.links) l
CROSS JOIN term t ON t.id = l.value ->> 0
CROSS JOIN set_listing s ON s.set_id = l.value ->> 2;

CREATE VIEW match_criteria AS
SELECT r.name AS id, n.value ->> 0 AS configuration, n.value ->> 1 AS node, n.value ->> 2 AS operator, n.value ->> 3 AS negate,
  e.value > 0 AS vulnerable,
  coalesce(c.criteria, 'cpe:2.3:' || p.part || ':' || p.vendor || ':' || p.product || ':' || c.version || coalesce(c.rest, ':*:*:*:*:*:*:*')) AS criteria,
  c.start_including AS version_start_including, c.start_excluding AS version_start_excluding,
  c.end_including AS version_end_including, c.end_excluding AS version_end_excluding,
  CASE typeof(c.uuid) WHEN 'blob' THEN substr(hex(c.uuid), 1, 8) || '-' || substr(hex(c.uuid), 9, 4) || '-' || substr(hex(c.uuid), 13, 4) || '-' || substr(hex(c.uuid), 17, 4) || '-' || substr(hex(c.uuid), 21) ELSE c.uuid END AS match_criteria_id,
  p.part, p.vendor, p.product
FROM record r
CROSS JOIN detail d ON d.record = r.id
CROSS JOIN json_each(d.nodes) n
CROSS JOIN json_each(n.value) e ON e.key >= 4
CROSS JOIN criterion c ON c.id = abs(e.value)
CROSS JOIN cpe_product p ON p.id = c.product;

CREATE VIEW product AS
SELECT DISTINCT p.part, p.vendor, p.product, r.name AS id
FROM cpe_product p
JOIN criterion c ON c.product = p.id
JOIN criterion_record x ON x.criterion = c.id
JOIN record r ON r.id = x.record;

CREATE VIEW history AS
SELECT r.name AS id, v.current,
  strftime('%Y-%m-%dT%H:%M:%f', v.modified / 1000.0, 'unixepoch') AS last_modified,
  strftime('%Y-%m-%dT%H:%M:%f', v.published / 1000.0, 'unixepoch') AS published,
  status.value AS status, reporter.value AS source_identifier,
  strftime('%Y-%m-%dT%H:%M:%f', o.fetched / 1000.0, 'unixepoch') AS first_seen,
  o.source, o.filename, o.sha256, lower(hex(v.hash)) AS content_hash, v.body
FROM (
  SELECT record, 0 AS current, published, modified, status, reporter, origin, hash, body FROM version
  UNION ALL
  SELECT id, 1, published, modified, status, reporter, origin, hash, body FROM record JOIN body ON body.record = record.id
) v
JOIN record r ON r.id = v.record
JOIN origin o ON o.id = v.origin
LEFT JOIN term status ON status.id = v.status
LEFT JOIN term reporter ON reporter.id = v.reporter;
