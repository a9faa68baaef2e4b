// Package postgres keeps a mirror in a PostgreSQL database, version 12 or newer,
// or in an engine that speaks its protocol.
//
// # Schemas
//
// Content is in the tables of schema vulnmirror_a or vulnmirror_b; the row
// vulnmirror.service says in which. A renewal fills the other one, and changes
// the row to take over. Every answer begins with that row and then names its
// schema, so that a snapshot goes on with what it began with: what a name stands
// for is looked up anew by every statement, whatever its snapshot, and renaming
// schemas would pull the tables away from under it.
//
// Schema vulnmirror has views on the content in service, for people's queries,
// and who leases what. Bodies are kept as upstream spelled them, compressed by
// package bodycodec. Beside them, unless Options.NoJSONB, tables cve_records,
// cpe_records and other_records hold current bodies as jsonb, those of match
// criteria and of changes to CVE records left out. Views cve_records, cpe_records,
// records and links are in the connection's own schema too. jsonb rewrites numbers
// and drops the order of keys, so no answer is made from it.
//
// # Writing
//
// Every batch is one transaction that locks the rows service and counter, so
// batches are carried out one after another whatever machine they come from,
// and no advisory lock or temporary table is needed. What a batch replaces is
// deleted, and all its rows are copied in (COPY), which takes half as long as
// INSERT … SELECT FROM unnest … ON CONFLICT. The first records of a kind come in
// while indexes are left out.
//
// # Reading
//
// A snapshot is a read-only transaction at REPEATABLE READ. What PostgreSQL
// cannot compare as other stores do, phrases and CPE names with wildcards, is
// narrowed down by indexes and decided by the program. Links are rows with both
// ends, and are followed from many records at once by two indexes.
package postgres
