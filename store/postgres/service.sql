-- What stays when the content is replaced as a whole. Times are UTC.

-- One row: the schema with the content in service, and its version.
CREATE TABLE IF NOT EXISTS vulnmirror.service (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  content text NOT NULL, version integer NOT NULL
);

-- Who works on what at the moment.
CREATE TABLE IF NOT EXISTS vulnmirror.lease (name text PRIMARY KEY, holder text NOT NULL, expires timestamptz NOT NULL);
