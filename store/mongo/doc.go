// Package mongo keeps a mirror in a MongoDB database, version 5.0 or newer, or
// in a server that speaks its protocol.
//
// # Collections
//
// Records are in a collection named after their kind (cve, cpe, cpematch, …), by
// their id. Bodies are kept as upstream spelled them, compressed by package
// bodycodec; the facts that a store.Query asks for are fields beside them, and so
// are some for people's queries alone (see people). Everything else is in
// collections whose names begin with vulnmirror.
//
// # Links
//
// A record has its links in the field links, each spelled "kind id", and the rule
// of each at the same place of the field rules. There is an index of links in every
// collection of records, so they are followed to a record by asking the collections
// side by side, and from one by its _id. Records written by programs that kept no
// rules, whose schema in vulnmirror.meta was 1, have links with an empty Rule until
// they change or everything is rebuilt; nothing else of theirs is missing.
//
// # Batches without transactions
//
// Only replica sets have transactions, and they are limited in size and time. A
// batch is made visible by one update instead. Whoever writes takes a turn, whose
// number becomes the revision of what it writes. First the versions about to be
// replaced are put into vulnmirror.history with the revisions they are current
// from and until; then the new ones are put in place; then vulnmirror.meta is set
// to the new revision. Who reads takes that revision R first, and sees documents
// of R or before, and of the history those from R or before until after R.
// Collections are read before the history, so what is replaced in between is
// found in either. A version that only a change of state replaced, such as a
// withdrawal, or that its source forgets (store.Origin.Forgets), is a shadow:
// Versions does not show it. It serves snapshots, and undoing the batch that
// replaced it. No snapshot should last longer than an hour: the first write after
// that, of whatever source, removes the shadow.
//
// A turn that ended without being finished, because the program was killed or the
// server gone, is undone by whoever takes the next one: from the history, which
// has all that was replaced. Until then nobody sees what it left.
//
// # What is asked of the server
//
// Every statement is one that a standalone server, a replica set and a sharded
// cluster carry out alike: no transactions, $lookup, $expr, $text or updates by
// pipeline. Records are only written by _id.
package mongo
