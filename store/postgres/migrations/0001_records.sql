-- Version 1. Everything native is in the schema vulnmirror. Times are UTC.

CREATE TABLE vulnmirror.counter (name text PRIMARY KEY, value bigint NOT NULL);
INSERT INTO vulnmirror.counter VALUES ('revision', 0);

-- Archived files that batches came from.
CREATE TABLE vulnmirror.origin (
  id bigint PRIMARY KEY,
  source text NOT NULL, filename text NOT NULL, sha256 text NOT NULL,
  fetched timestamptz,
  complete boolean NOT NULL DEFAULT false, -- once its last batch was applied
  UNIQUE (source, filename, sha256)
);

CREATE TABLE vulnmirror.record (
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
  words text[] NOT NULL,   -- of the descriptions, cut by the program, each once
  revision bigint NOT NULL, origin bigint NOT NULL,
  hash bytea NOT NULL,     -- first 16 bytes of the SHA-256 of the body
  body bytea NOT NULL,
  PRIMARY KEY (kind, id)
);
ALTER TABLE vulnmirror.record ALTER body SET STORAGE EXTERNAL; -- it is compressed already

-- Superseded versions.
CREATE TABLE vulnmirror.version (
  kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL, ordinal integer NOT NULL, -- order of superseding
  published timestamptz, modified timestamptz,
  status text NOT NULL, reporter text NOT NULL, source text NOT NULL,
  converted boolean NOT NULL,
  origin bigint NOT NULL, hash bytea NOT NULL, body bytea NOT NULL,
  PRIMARY KEY (kind, id, revision, ordinal)
);
ALTER TABLE vulnmirror.version ALTER body SET STORAGE EXTERNAL;

-- CVSS assessments of CVE records.
CREATE TABLE vulnmirror.score (
  id text COLLATE "C" NOT NULL, ordinal integer NOT NULL,
  version text NOT NULL, scorer text NOT NULL, type text NOT NULL,
  base double precision NOT NULL, severity text NOT NULL, vector text NOT NULL,
  PRIMARY KEY (id, ordinal)
);

-- Match criteria of CVE records, each once. key is the first 16 bytes of the
-- SHA-256 of all the rest.
CREATE TABLE vulnmirror.criterion (
  key bytea PRIMARY KEY,
  match_criteria_id text NOT NULL, criteria text NOT NULL,
  start_including text NOT NULL, start_excluding text NOT NULL, end_including text NOT NULL, end_excluding text NOT NULL,
  part text NOT NULL, vendor text NOT NULL, product text NOT NULL,
  open boolean NOT NULL -- it may be about other products too
);
-- affects: 1 vulnerable and alone decisive, 2 vulnerable and not alone, 4 not
-- vulnerable; the sum of what holds anywhere in the record.
CREATE TABLE vulnmirror.criterion_use (
  criterion bytea NOT NULL, id text COLLATE "C" NOT NULL, affects smallint NOT NULL,
  PRIMARY KEY (id, criterion)
);

CREATE TABLE vulnmirror.source_state (
  source text PRIMARY KEY,
  completed timestamptz, synced timestamptz, watermark timestamptz, failed timestamptz, reason text NOT NULL
);

-- Who works on what at the moment.
CREATE TABLE vulnmirror.lease (name text PRIMARY KEY, holder text NOT NULL, expires timestamptz NOT NULL);
