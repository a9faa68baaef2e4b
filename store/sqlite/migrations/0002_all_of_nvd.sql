-- Version 2: kinds other than CVE records, records that were converted or
-- withdrawn, and how records use match criteria.

ALTER TABLE record ADD COLUMN converted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN withdrawn INTEGER; -- milliseconds, like every time here
ALTER TABLE version ADD COLUMN converted INTEGER NOT NULL DEFAULT 0;

-- These indexes get more columns; opening makes them anew.
DROP INDEX IF EXISTS record_published;
DROP INDEX IF EXISTS record_modified;
DROP INDEX IF EXISTS record_year;

-- Records of other kinds. Kinds of which there are millions have tables of
-- their own, so that loading one at full speed leaves the others in service.
-- Numbers of records differ between all these tables and record.

CREATE TABLE entry ( -- kinds with few records
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, name TEXT NOT NULL,
  published INTEGER, modified INTEGER,
  status INTEGER NOT NULL, reporter INTEGER NOT NULL, feed INTEGER NOT NULL, -- term
  converted INTEGER NOT NULL, withdrawn INTEGER,
  uuid BLOB, uuid_key INTEGER, -- the alias that is a UUID, or the name of match criteria, and its first 8 bytes
  product INTEGER, platform TEXT, -- cpe_product; the CPE name when it is not the record's name
  revision INTEGER NOT NULL, origin INTEGER NOT NULL,
  hash BLOB NOT NULL, text INTEGER NOT NULL, -- as in record
  members BLOB, -- 8 bytes each of the cpeNameIds, in order
  body NOT NULL
);

CREATE TABLE entry_cpe ( -- CPE names
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, name TEXT NOT NULL,
  published INTEGER, modified INTEGER,
  status INTEGER NOT NULL, reporter INTEGER NOT NULL, feed INTEGER NOT NULL, -- term
  converted INTEGER NOT NULL, withdrawn INTEGER,
  uuid BLOB, uuid_key INTEGER, -- the alias that is a UUID, or the name of match criteria, and its first 8 bytes
  product INTEGER, platform TEXT, -- cpe_product; the CPE name when it is not the record's name
  revision INTEGER NOT NULL, origin INTEGER NOT NULL,
  hash BLOB NOT NULL, text INTEGER NOT NULL, -- as in record
  members BLOB, -- 8 bytes each of the cpeNameIds, in order
  body NOT NULL
);

CREATE TABLE entry_cpematch ( -- match criteria
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, name TEXT NOT NULL,
  published INTEGER, modified INTEGER,
  status INTEGER NOT NULL, reporter INTEGER NOT NULL, feed INTEGER NOT NULL, -- term
  converted INTEGER NOT NULL, withdrawn INTEGER,
  uuid BLOB, uuid_key INTEGER, -- the alias that is a UUID, or the name of match criteria, and its first 8 bytes
  product INTEGER, platform TEXT, -- cpe_product; the CPE name when it is not the record's name
  revision INTEGER NOT NULL, origin INTEGER NOT NULL,
  hash BLOB NOT NULL, text INTEGER NOT NULL, -- as in record
  members BLOB, -- 8 bytes each of the cpeNameIds, in order
  body NOT NULL
);

CREATE TABLE entry_cvechange ( -- changes of CVE records
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, name TEXT NOT NULL,
  published INTEGER, modified INTEGER,
  status INTEGER NOT NULL, reporter INTEGER NOT NULL, feed INTEGER NOT NULL, -- term
  converted INTEGER NOT NULL, withdrawn INTEGER,
  uuid BLOB, uuid_key INTEGER, -- the alias that is a UUID, or the name of match criteria, and its first 8 bytes
  product INTEGER, platform TEXT, -- cpe_product; the CPE name when it is not the record's name
  revision INTEGER NOT NULL, origin INTEGER NOT NULL,
  hash BLOB NOT NULL, text INTEGER NOT NULL, -- as in record
  members BLOB, -- 8 bytes each of the cpeNameIds, in order
  body NOT NULL
);

-- Products that may stand for others.
CREATE INDEX cpe_product_open ON cpe_product (id)
WHERE part GLOB '[*?]*' OR part = '' OR vendor GLOB '[*?]*' OR vendor GLOB '*[*?]' OR vendor = '' OR product GLOB '[*?]*' OR product GLOB '*[*?]' OR product = '';

-- Other identifiers of records, those that are UUIDs excepted.
CREATE TABLE alias (value TEXT NOT NULL COLLATE NOCASE, record INTEGER NOT NULL, PRIMARY KEY (value, record)) WITHOUT ROWID;
CREATE INDEX alias_record ON alias (record);

CREATE TABLE link (
  record INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  kind INTEGER NOT NULL, target TEXT NOT NULL, rule INTEGER NOT NULL, -- kind and rule: term
  PRIMARY KEY (record, ordinal)
) WITHOUT ROWID;
CREATE INDEX link_target ON link (target, kind);

-- The words of titles and addresses, as in words.
CREATE VIRTUAL TABLE words_entry USING fts5(word, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE words_cpe USING fts5(word, content='', contentless_delete=1, detail=none, tokenize='ascii');

-- The fourth element of a node is a sum from now on: 1 when it is negated, 2
-- when more than its criteria decides about its configuration.
UPDATE detail SET nodes = (
  SELECT json_group_array(json(CASE
    WHEN n.value ->> 3 OR n.value ->> 2 <> 'OR' OR (SELECT count(*) FROM json_each(detail.nodes) o WHERE o.value ->> 0 = n.value ->> 0) > 1
    THEN json_set(n.value, '$[3]', (n.value ->> 3) + 2) ELSE n.value END))
  FROM json_each(detail.nodes) n)
WHERE json_array_length(nodes) > 1 OR nodes ->> '$[0][3]' OR nodes ->> '$[0][2]' <> 'OR';

-- affects: 1 vulnerable and alone decisive, 2 vulnerable and not alone, 4 not
-- vulnerable; the sum of what holds anywhere in the record.
DROP TABLE criterion_record;
CREATE TABLE criterion_record (criterion INTEGER, record INTEGER, affects INTEGER NOT NULL, PRIMARY KEY (criterion, record)) WITHOUT ROWID;
INSERT INTO criterion_record
SELECT abs(e.value), d.record,
  max(e.value > 0 AND n.value ->> 3 = 0) + 2 * max(e.value > 0 AND n.value ->> 3 <> 0) + 4 * max(e.value < 0)
FROM detail d, json_each(d.nodes) n JOIN json_each(n.value) e ON e.key >= 4
GROUP BY 1, 2;

DROP VIEW cve;
CREATE VIEW cve AS
SELECT r.name AS id,
  strftime('%Y-%m-%dT%H:%M:%f', r.published / 1000.0, 'unixepoch') AS published,
  strftime('%Y-%m-%dT%H:%M:%f', r.modified / 1000.0, 'unixepoch') AS last_modified,
  status.value AS status, reporter.value AS source_identifier,
  s.version AS best_version, s.base AS best_score, s.severity AS best_severity, s.vector AS best_vector, s.scorer AS best_scorer,
  k.added AS kev_added,
  (r.flags & 1) <> 0 AS cert_alert, (r.flags & 2) <> 0 AS cert_note, (r.flags & 4) <> 0 AS oval,
  r.year AS feed_year, feed.value AS source, r.revision AS revision, lower(hex(r.hash)) AS content_hash,
  r.converted AS converted, strftime('%Y-%m-%dT%H:%M:%f', r.withdrawn / 1000.0, 'unixepoch') AS withdrawn,
  b.body AS body
FROM record r
LEFT JOIN term status ON status.id = r.status
LEFT JOIN term reporter ON reporter.id = r.reporter
LEFT JOIN term feed ON feed.id = r.feed
LEFT JOIN set_score s ON s.set_id = r.scores AND s.ordinal = r.best
LEFT JOIN kev_entry k ON k.record = r.id
LEFT JOIN body b ON b.record = r.id
WHERE r.kind = (SELECT id FROM term WHERE value = 'cve');

DROP VIEW match_criteria;
CREATE VIEW match_criteria AS
SELECT r.name AS id, n.value ->> 0 AS configuration, n.value ->> 1 AS node, n.value ->> 2 AS operator, (n.value ->> 3) & 1 AS negate,
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

CREATE VIEW cpe_name AS
SELECT r.name AS cpe_name, substr(hex(r.uuid), 1, 8) || '-' || substr(hex(r.uuid), 9, 4) || '-' || substr(hex(r.uuid), 13, 4) || '-' || substr(hex(r.uuid), 17, 4) || '-' || substr(hex(r.uuid), 21) AS cpe_name_id, p.part, p.vendor, p.product,
  status.value = 'Deprecated' AS deprecated,
  strftime('%Y-%m-%dT%H:%M:%f', r.published / 1000.0, 'unixepoch') AS created, strftime('%Y-%m-%dT%H:%M:%f', r.modified / 1000.0, 'unixepoch') AS last_modified,
  feed.value AS source, r.converted AS converted, strftime('%Y-%m-%dT%H:%M:%f', r.withdrawn / 1000.0, 'unixepoch') AS withdrawn, r.body AS body
FROM entry_cpe r
LEFT JOIN cpe_product p ON p.id = r.product
LEFT JOIN term status ON status.id = r.status
LEFT JOIN term feed ON feed.id = r.feed;

CREATE VIEW match_string AS
SELECT r.name AS match_criteria_id, r.platform AS criteria, p.part, p.vendor, p.product,
  status.value AS status, length(r.members) / 8 AS names,
  strftime('%Y-%m-%dT%H:%M:%f', r.published / 1000.0, 'unixepoch') AS created, strftime('%Y-%m-%dT%H:%M:%f', r.modified / 1000.0, 'unixepoch') AS last_modified,
  feed.value AS source, r.converted AS converted, strftime('%Y-%m-%dT%H:%M:%f', r.withdrawn / 1000.0, 'unixepoch') AS withdrawn, r.body AS body
FROM entry_cpematch r
LEFT JOIN cpe_product p ON p.id = r.product
LEFT JOIN term status ON status.id = r.status
LEFT JOIN term feed ON feed.id = r.feed;

CREATE VIEW nvd_source AS
SELECT r.name AS source_identifier,
  strftime('%Y-%m-%dT%H:%M:%f', r.published / 1000.0, 'unixepoch') AS created, strftime('%Y-%m-%dT%H:%M:%f', r.modified / 1000.0, 'unixepoch') AS last_modified,
  strftime('%Y-%m-%dT%H:%M:%f', r.withdrawn / 1000.0, 'unixepoch') AS withdrawn, r.body AS body
FROM entry r
WHERE r.kind = (SELECT id FROM term WHERE value = 'source');

CREATE VIEW cve_change AS
SELECT r.name AS cve_change_id, l.target AS id, event.value AS event_name, reporter.value AS source_identifier,
  strftime('%Y-%m-%dT%H:%M:%f', r.published / 1000.0, 'unixepoch') AS created, r.body AS body
FROM entry_cvechange r
LEFT JOIN link l ON l.record = r.id
LEFT JOIN term event ON event.id = r.status
LEFT JOIN term reporter ON reporter.id = r.reporter;

DROP VIEW history;
CREATE VIEW history AS
WITH holder (record, kind, name) AS (
  SELECT id, kind, name FROM record UNION ALL SELECT id, kind, name FROM entry
  UNION ALL SELECT id, kind, name FROM entry_cpe
  UNION ALL SELECT id, kind, name FROM entry_cpematch
  UNION ALL SELECT id, kind, name FROM entry_cvechange
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
) v
JOIN holder h ON h.record = v.record
JOIN term kind ON kind.id = h.kind
JOIN origin o ON o.id = v.origin
LEFT JOIN term status ON status.id = v.status
LEFT JOIN term reporter ON reporter.id = v.reporter;
