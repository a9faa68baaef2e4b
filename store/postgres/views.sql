-- The public views. The word content stands for the schema in service.

CREATE OR REPLACE VIEW vulnmirror.cve_records AS
  SELECT cve_id, json_data, last_modified FROM content.cve_records WHERE NOT withdrawn;

CREATE OR REPLACE VIEW vulnmirror.cpe_records AS
  SELECT cpe_id, json_data, last_modified FROM content.cpe_records WHERE NOT withdrawn;

-- body is NULL where no copy as jsonb is kept.
CREATE OR REPLACE VIEW vulnmirror.records AS
  SELECT r.kind, r.id, r.title, r.status, r.published, r.modified AS last_modified, r.source, r.converted, r.withdrawn,
    coalesce(c.json_data, p.json_data, o.json_data) AS body
  FROM content.record r
  LEFT JOIN content.cve_records c ON r.kind = 'cve' AND c.cve_id = r.id COLLATE "default"
  LEFT JOIN content.cpe_records p ON r.kind = 'cpe' AND p.cpe_id = r.id COLLATE "default"
  LEFT JOIN content.other_records o ON o.kind = r.kind AND o.id = r.id;

CREATE OR REPLACE VIEW vulnmirror.links AS
  SELECT l.from_kind, l.from_id, l.kind, l.id, l.rule, r.source
  FROM content.link l JOIN content.record r ON r.kind = l.from_kind AND r.id = l.from_id
  WHERE r.withdrawn IS NULL;

CREATE OR REPLACE VIEW vulnmirror.cve AS
  SELECT id, published, modified AS last_modified, status, reporter AS source_identifier,
    best_version, best_base AS best_score, best_severity, best_vector, best_scorer,
    kev_added, cert_alert, cert_note, oval, feed_year, source, revision, encode(hash, 'hex') AS content_hash,
    converted, withdrawn, body
  FROM content.record WHERE kind = 'cve';

CREATE OR REPLACE VIEW vulnmirror.cvss AS
  SELECT id, version, base AS base_score, severity, vector, scorer, type FROM content.score;

CREATE OR REPLACE VIEW vulnmirror.weakness AS
  SELECT DISTINCT id, cwe FROM content.record, unnest(weaknesses) AS cwe WHERE kind = 'cve';

CREATE OR REPLACE VIEW vulnmirror.tag AS
  SELECT DISTINCT id, name FROM content.record, unnest(tags) AS name WHERE kind = 'cve';

CREATE OR REPLACE VIEW vulnmirror.source_identifier AS
  SELECT r.id, used.source FROM content.record r, unnest(r.sources) AS used(source) WHERE r.kind = 'cve';

CREATE OR REPLACE VIEW vulnmirror.kev AS
  SELECT id, kev_added AS added FROM content.record WHERE kind = 'cve' AND kev_added IS NOT NULL;

CREATE OR REPLACE VIEW vulnmirror.match_criteria AS
  SELECT u.id, u.affects & 3 <> 0 AS vulnerable, c.criteria,
    nullif(c.start_including, '') AS version_start_including, nullif(c.start_excluding, '') AS version_start_excluding,
    nullif(c.end_including, '') AS version_end_including, nullif(c.end_excluding, '') AS version_end_excluding,
    c.match_criteria_id, c.part, c.vendor, c.product
  FROM content.criterion c JOIN content.criterion_use u ON u.criterion = c.key;

CREATE OR REPLACE VIEW vulnmirror.product AS
  SELECT DISTINCT c.part, c.vendor, c.product, u.id
  FROM content.criterion c JOIN content.criterion_use u ON u.criterion = c.key;

CREATE OR REPLACE VIEW vulnmirror.cpe_name AS
  SELECT id AS cpe_name, part, vendor, product, status, published AS created, modified AS last_modified, source, converted, withdrawn, body
  FROM content.record WHERE kind = 'cpe';

CREATE OR REPLACE VIEW vulnmirror.match_string AS
  SELECT id AS match_criteria_id, platform AS criteria, part, vendor, product, status, coalesce(cardinality(members), 0) AS names,
    published AS created, modified AS last_modified, source, converted, withdrawn, body
  FROM content.record WHERE kind = 'cpematch';

CREATE OR REPLACE VIEW vulnmirror.nvd_source AS
  SELECT id AS source_identifier, published AS created, modified AS last_modified, withdrawn, body
  FROM content.record WHERE kind = 'source';

CREATE OR REPLACE VIEW vulnmirror.history AS
  SELECT v.kind, v.id, false AS current, v.modified AS last_modified, v.published, v.status, v.reporter AS source_identifier,
    o.fetched AS first_seen, o.source, o.filename, o.sha256, encode(v.hash, 'hex') AS content_hash, v.body
  FROM content.version v JOIN content.origin o ON o.id = v.origin
  UNION ALL
  SELECT r.kind, r.id, true, r.modified, r.published, r.status, r.reporter,
    o.fetched, o.source, o.filename, o.sha256, encode(r.hash, 'hex'), r.body
  FROM content.record r JOIN content.origin o ON o.id = r.origin;

CREATE OR REPLACE VIEW vulnmirror.source_state AS
  SELECT source, completed, synced, watermark, failed, reason, release FROM content.source_state;
