// Package postgres keeps a mirror in a PostgreSQL database, version 12 or newer,
// or in an engine that speaks its protocol.
//
// # Schema
//
// What vulnmirror works with is in the schema vulnmirror. Bodies are kept as
// upstream spelled them, compressed by package bodycodec. Beside them, unless
// Options.JSONB is off, tables cve_records and cpe_records in the connection's
// own schema hold every current body as jsonb, for people's queries: jsonb
// rewrites numbers and drops the order of keys, so no answer is made from it.
//
// # Writing
//
// Every batch is one transaction that holds the row counter.revision, so
// batches are carried out one after another whatever machine they come from,
// and no advisory lock or temporary table is needed. The first records of a kind
// are copied in (COPY) while indexes are left out; later batches are sent as
// arrays and put in place by INSERT … SELECT FROM unnest … ON CONFLICT.
//
// # Reading
//
// A snapshot is a read-only transaction at REPEATABLE READ. What PostgreSQL
// cannot compare as other stores do, phrases and CPE names with wildcards, is
// narrowed down by indexes and decided by the program.
package postgres
