-- Version 1. The word content stands for the schema that these are made in.
-- Times are UTC.

CREATE TABLE content.counter (name text PRIMARY KEY, value bigint NOT NULL);
INSERT INTO content.counter VALUES ('revision', 0);

-- Archived files that batches came from.
CREATE TABLE content.origin (
  id bigint PRIMARY KEY,
  source text NOT NULL, filename text NOT NULL, sha256 text NOT NULL,
  fetched timestamptz,
  complete boolean NOT NULL DEFAULT false, -- once its last batch was applied
  UNIQUE (source, filename, sha256)
);

CREATE TABLE content.record (
  kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  published timestamptz, modified timestamptz,
  status text NOT NULL, reporter text NOT NULL, source text NOT NULL,
  feed_year integer NOT NULL,
  converted boolean NOT NULL, withdrawn timestamptz,
  best_version text, best_scorer text, best_type text, best_base double precision, best_severity text, best_vector text,
  cert_alert boolean NOT NULL, cert_note boolean NOT NULL, oval boolean NOT NULL,
  kev_added text COLLATE "C",
  sources text[] NOT NULL, weaknesses text[] NOT NULL, tags text[] NOT NULL,
  aliases text[] NOT NULL, -- in lower case
  links text[] NOT NULL,   -- kind, space, identifier
  bare boolean NOT NULL,   -- no match criteria
  part text, vendor text, product text, open boolean, platform text, -- of CPE names and match criteria
  members bigint[],
  revision bigint NOT NULL, origin bigint NOT NULL,
  -- First 16 bytes of the SHA-256 of the body, of the record's part of the tables
  -- wording, score and criterion_use, so that those change only when they must.
  hash bytea NOT NULL, wording_hash bytea NOT NULL, score_hash bytea NOT NULL, use_hash bytea NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (kind, id)
);

-- Words of the descriptions, found by the program.
CREATE TABLE content.wording (
  kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  words tsvector NOT NULL,
  long_words text[] NOT NULL, -- those of which words has only the beginning
  PRIMARY KEY (kind, id)
);

-- Superseded versions.
CREATE TABLE content.version (
  kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL, ordinal integer NOT NULL, -- order of superseding
  published timestamptz, modified timestamptz,
  status text NOT NULL, reporter text NOT NULL, source text NOT NULL,
  converted boolean NOT NULL,
  origin bigint NOT NULL, hash bytea NOT NULL, body bytea NOT NULL,
  PRIMARY KEY (kind, id, revision, ordinal)
);

-- CVSS assessments of CVE records.
CREATE TABLE content.score (
  id text COLLATE "C" NOT NULL, ordinal integer NOT NULL,
  version text NOT NULL, scorer text NOT NULL, type text NOT NULL,
  base double precision NOT NULL, severity text NOT NULL, vector text NOT NULL,
  PRIMARY KEY (id, ordinal)
);

-- Match criteria of CVE records, each once. key is the first 16 bytes of the
-- SHA-256 of all the rest.
CREATE TABLE content.criterion (
  key bytea PRIMARY KEY,
  match_criteria_id text NOT NULL, criteria text NOT NULL,
  start_including text NOT NULL, start_excluding text NOT NULL, end_including text NOT NULL, end_excluding text NOT NULL,
  part text NOT NULL, vendor text NOT NULL, product text NOT NULL,
  open boolean NOT NULL -- it may be about other products too
);
-- affects: 1 vulnerable and alone decisive, 2 vulnerable and not alone, 4 not
-- vulnerable; the sum of what holds anywhere in the record.
CREATE TABLE content.criterion_use (
  criterion bytea NOT NULL, id text COLLATE "C" NOT NULL, affects smallint NOT NULL,
  PRIMARY KEY (id, criterion)
);

CREATE TABLE content.source_state (
  source text PRIMARY KEY,
  completed timestamptz, synced timestamptz, watermark timestamptz, failed timestamptz, reason text NOT NULL
);

-- Current bodies as jsonb, for people's queries; empty unless postgres.jsonb is on.
-- Withdrawn ones are left out by the views of these names.
CREATE TABLE content.cve_records (
  cve_id text PRIMARY KEY, json_data jsonb NOT NULL, last_modified timestamptz, withdrawn boolean NOT NULL DEFAULT false
);
CREATE TABLE content.cpe_records (
  cpe_id text PRIMARY KEY, json_data jsonb NOT NULL, last_modified timestamptz, withdrawn boolean NOT NULL DEFAULT false
);
