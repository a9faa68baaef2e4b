-- Version 2. Links are rows with the reason for them, records have titles, and
-- all kinds but the two largest of NVD's have copies as jsonb.

-- Links of current versions, in the order in which the record lists them.
CREATE TABLE content.link (
  from_kind text COLLATE "C" NOT NULL, from_id text COLLATE "C" NOT NULL, ordinal integer NOT NULL,
  kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  rule text NOT NULL, -- '' where version 1, which kept none, leaves in doubt what it was
  PRIMARY KEY (from_kind, from_id, ordinal)
);
-- A name that is in use is deprecated by none, and deprecates none that is in use.
INSERT INTO content.link
  SELECT r.kind, r.id, u.nth - 1, split_part(u.link, ' ', 1), substr(u.link, strpos(u.link, ' ') + 1),
    CASE WHEN r.kind = 'cvechange' THEN 'cveId'
      WHEN r.kind = 'cpe' AND r.status <> 'Deprecated' THEN 'deprecates'
      WHEN r.kind = 'cpe' AND o.status <> 'Deprecated' THEN 'deprecatedBy'
      ELSE '' END
  FROM content.record r CROSS JOIN unnest(r.links) WITH ORDINALITY AS u(link, nth)
  LEFT JOIN content.record o ON r.kind = 'cpe' AND o.kind = r.kind AND o.id = substr(u.link, strpos(u.link, ' ') + 1);
ALTER TABLE content.record DROP COLUMN links;

ALTER TABLE content.record ADD COLUMN title text NOT NULL DEFAULT '';
-- As the other hashes; empty where version 1 was the last to see the record.
ALTER TABLE content.record ADD COLUMN link_hash bytea NOT NULL DEFAULT '';

-- The descriptions themselves, of kinds whose bodies nobody here can read.
ALTER TABLE content.wording ADD COLUMN texts text[];

ALTER TABLE content.source_state ADD COLUMN release text NOT NULL DEFAULT '';

-- As cve_records and cpe_records, of other kinds.
CREATE TABLE content.other_records (
  kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  json_data jsonb NOT NULL, last_modified timestamptz, withdrawn boolean NOT NULL DEFAULT false,
  PRIMARY KEY (kind, id)
);

-- Made again for fewer records.
DROP INDEX IF EXISTS content.record_sources;
DROP INDEX IF EXISTS content.record_weaknesses;
DROP INDEX IF EXISTS content.record_aliases;
