// Package sqlite keeps a mirror in one SQLite file that any SQLite tool can
// query: docs/schema.md describes its views. It is pure Go (modernc.org/sqlite)
// and needs no server.
//
// # Connections
//
// One connection writes; a pool of read-only ones reads. The file is in WAL
// mode, so readers see one state and never wait for the writer. Batches are
// committed with synchronous=NORMAL: a batch that Apply reported survives the
// death of the process at any instant, kill -9 included; a power failure may
// take back the newest batches, whole ones only, and then Ingested says so, so
// that they are loaded again.
//
// # Size
//
// What many records share is kept once: identifiers, CVSS assessments, sets of
// weaknesses, tags, listings of a URL, match criteria. Bodies are compressed
// one by one (package bodycodec) unless Options.Compress is "none". The word
// index keeps which words a record has, not where; phrases are verified on the
// bodies of the records that have all the words. That takes bodies of a shape
// known here, which only those of NVD's kinds have; of others the index keeps
// where words are, too.
//
// # Tables
//
// A kind of which there are very many has a table of its own, as have scores, all
// of which change every day; all smaller kinds share one. That one always has its
// indexes, since many kinds may be loaded at once while others are asked for.
//
// # Versions of the schema
//
// PRAGMA user_version counts the files in migrations that were carried out;
// Open for writing carries out those that are missing, each in a transaction
// with its count. That is one loop (schema.go); a migration library would add
// a table, its own connection handling and five modules for the same, and
// could not tell the version over a read-only connection to an empty file.
//
// # Rebuilt databases
//
// Restore puts another database's content in place of this one's in one
// transaction: readers, in other processes too, see the old content or the new.
package sqlite
