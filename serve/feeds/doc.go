// Package feeds serves the mirror as feed files: whole sets of records in one
// compressed file each, in the layouts that clients read.
//
//	/feeds/json/cve/2.0/     nvdcve-2.0-{2002…|modified|recent}.{json.gz,json.zip,meta}
//	/feeds/dependency-check/ the same .json.gz and .meta, and cache.properties
//	/feeds/vulnz/            nvdcve-{2002…|modified}.{json.gz,meta}, and cache.properties
//	/feeds/json/cpe/2.0/      nvdcpe-2.0.{tar.gz,meta}
//	/feeds/json/cpematch/2.0/ nvdcpematch-2.0.{tar.gz,meta}
//
// # What is inside
//
// Records that were withdrawn, or converted from an older format, are left out.
// Every JSON document is NVD's: the seven keys of an API answer, then each
// record's body exactly as upstream gave it, one a line. The timestamp is the
// newest lastModified inside, rounded up to a whole second, so the bytes of a
// file depend on its records alone: the same records give the same JSON, gzip
// and ZIP on every mirror. NVD's files differ in white space only (theirs is
// indented) and in the timestamp, which is the time they were made.
//
// # NVD's layout
//
// Read by Dependency-Track (address up to /feeds), Clair and claircore
// (feed_root, with the slash at its end), vulnix, stackrox, this program and
// whatever else reads nvd.nist.gov.
//
//   - A year is that of the CVE identifier; older ones are in 2002.
//   - modified holds what changed and recent what was published in 8 days. The
//     days count back from the newest change held, not from the clock: a mirror
//     that is behind would else serve empty windows, and its clients, which
//     trust that a window reaches back to their last visit, would lose records.
//   - The timestamp inside is US Eastern time without a zone, as NVD's is, with
//     three fraction digits. It is of no use as a watermark.
//   - .meta is five lines ended by CRLF: claircore drops a last line without an
//     end. Size and SHA-256 (upper case) are those of the uncompressed JSON.
//     lastModifiedDate is RFC 3339 with the Eastern offset and never older than
//     a record inside: Dependency-Track passes over a feed that is not newer
//     than what it holds.
//   - .json.gz is application/gzip without Content-Encoding: with one, claircore
//     would be handed JSON and unpack it again.
//   - HEAD has a Content-Length: Dependency-Track compares it with its file.
//   - The next year's feed exists, empty, from 31 December 00:00 UTC:
//     DependencyCheck fails on the first missing year, and takes the year from
//     UTC+14, where it is new ten hours later than that. A year after it exists
//     when there are records of it.
//
// # The layout for DependencyCheck
//
// Its nvdDatafeedUrl is this folder. It asks for cache.properties first, a Java
// properties file, and takes the dates of all feeds from there:
//
//   - prefix must say nvdcve-2.0-, for it would take nvdcve-.
//   - Dates are whole seconds and Z; its pattern knows no fractions and no
//     offset with minutes.
//   - lastModifiedDate equals lastModifiedDate.modified: it stores the second
//     and compares it with the first to see that it is up to date.
//   - The next year is listed as soon as it has a feed: a year that is not
//     listed is never recorded, and each run would load everything again.
//
// cache.properties is answered from dates alone and builds no feed. It is not
// in NVD's folder, because NVD has none; DependencyCheck reads .meta there.
//
// # The layout of vulnz
//
// For clients of a cache that `vulnz cve --cache` wrote, DependencyCheck too.
//
//   - A year is that of publication; older ones are in 2002, and so are records
//     without a date.
//   - Records are in the order of their identifiers, as text.
//   - modified holds 7 days; there is no recent and no ZIP.
//   - .meta ends its lines with LF, has no zipSize, and the hash in lower case.
//     All times are UTC.
//
// # Archives
//
// Of CPE names and match criteria there are too many for one JSON document, so
// NVD packs numbered documents into a tar: nvdcpe-2.0-chunks/
// nvdcpe-2.0-chunk-00001.json and so on. Here a document has 100,000 names or
// 10,000 criteria, about as many as NVD's. startIndex counts from 1, totalResults
// is that of all documents. Size and SHA-256 in .meta are those of the documents
// one after the other, without what tar puts around them: so NVD does it, by the
// account of a client that checks them. There is no .zip, nor its size.
//
// # Dates
//
// Clients learn of a change by comparing dates. A feed's date is its newest
// lastModified; a change that brings no newer one, such as a record that comes
// late, adds a second to the date before, so no change stays unseen. Only .meta
// and cache.properties show that second; the file itself is as ever. The cache
// remembers it: emptying the cache takes the second back. Without a record, a
// feed is dated 31 December of the year before.
//
// # Building and keeping
//
// A feed is built when it is asked for and the store's digest of its records is
// not that of the build at hand, so an unchanged year is never built again.
// Records stream from one snapshot of the store through gzip into a file; memory
// does not grow with them. Everybody who waits for a feed waits for one build,
// and few are built at a time. A ZIP is never stored: it is the gzip file's own
// deflate stream between other headers.
//
// Each feed has a folder in the cache with the gzip file, named by its content,
// and state.json, which says which file is served and what its .meta says. The
// file is complete before the state names it, and renaming the state replaces
// .json.gz, .json.zip and .meta in one instant; a process killed at any moment
// leaves the old set or the new one. At a start, a build is proved by its hash
// and made again when it fails. The cache may be emptied at any time.
//
// HTTP has no way to fetch two files as one, so a .json.gz or .json.zip asked
// for within two seconds of its .meta is the one that .meta describes, and
// caches between are told to ask each time.
package feeds
