package sqlite

import "vulnmirror/vuln"

// table says where the records of a kind are kept.
type table struct {
	name  string
	words string // the index of their words
	// base is added to the numbers of its records, so that they differ from
	// those of all other tables.
	base int64
	// entry tells the tables of one shape from table record, which has the facts
	// that only CVE records have.
	entry bool
	// prose tells the entry tables of kinds whose records have titles, and texts
	// that only their decoders find in a body.
	prose bool
	// kind is the only one that the table holds, "" when it holds several.
	kind vuln.Kind
}

// tables is every table of records. Their order is part of the numbers kept in
// files, so new ones come last.
var tables = [...]table{
	{name: "record", words: "words"},
	{name: "entry", words: "words_entry", base: 1 << 40, entry: true},
	{name: "entry_cpe", words: "words_cpe", base: 2 << 40, entry: true, kind: vuln.KindCPE},
	{name: "entry_cpematch", words: "words_entry", base: 3 << 40, entry: true, kind: vuln.KindMatchCriteria},
	{name: "entry_cvechange", words: "words_entry", base: 4 << 40, entry: true, kind: vuln.KindCVEChange},
	{name: "entry_prose", words: "words_prose", base: 5 << 40, entry: true, prose: true},
	{name: "entry_epss", words: "words_prose", base: 6 << 40, entry: true, prose: true, kind: vuln.KindEPSS},
}

// The tables that are not for one kind alone.
const (
	tableRecord = 0 // CVE records
	tableEntry  = 1 // sources of NVD
	tableProse  = 5 // everything else
)

// tableOf returns where records of a kind are, by its place in tables.
func tableOf(kind vuln.Kind) int {
	switch kind {
	case vuln.KindCVE:
		return tableRecord
	case vuln.KindNVDSource:
		return tableEntry
	}
	for i := range tables {
		if tables[i].kind == kind && kind != "" {
			return i
		}
	}
	return tableProse
}

// tableAt returns which table a record's number belongs to.
func tableAt(record int64) int { return int(record >> 40) }

// ofKind is the condition that a record of the table has the kind that the
// argument names. Where there is no other kind it spares the indexes a column.
func (t *table) ofKind() string {
	if t.kind != "" {
		return "? <> ''"
	}
	return "r.kind = (SELECT id FROM term WHERE value = ?)"
}

// from is the table as r, with its bodies.
func (t *table) from() string {
	if t.entry {
		return t.name + " r"
	}
	return t.name + " r CROSS JOIN body b ON b.record = r.id"
}

// named is the table as r, for what its records are called by their numbers.
// Bodies lie between records, so that many of those are better read elsewhere;
// SQLite has to be told. Only one table never goes without its indexes.
func (t *table) named() string {
	if t == &tables[tableProse] {
		return t.name + " r INDEXED BY " + t.name + "_named"
	}
	return t.name + " r"
}

// columns are what row.fields reads.
func (t *table) columns() string {
	const all = "r.name, r.published, r.modified, r.status, r.reporter, r.feed, r.converted, r.withdrawn, "
	switch {
	case t.prose:
		return all + "coalesce(r.title, ''), NULL, NULL, r.body"
	case t.entry:
		return all + "'', NULL, NULL, r.body"
	}
	return all + "'', r.scores, r.best, b.body"
}

// body is the expression of a record's body in from.
func (t *table) body() string {
	if t.entry {
		return "r.body"
	}
	return "b.body"
}

// bulk is the counter that is 1 while a bulk load of the table is under way.
func (t *table) bulk() string {
	if t.entry {
		return "bulk_" + t.name
	}
	return "bulk"
}

// index is an index that a bulk load goes without.
type index struct{ name, on string }

// indexes are made by Open for writing where they are missing, and by EndBulk.
// The first of an entry table finds its records by identifier.
func (t *table) indexes() []index {
	if !t.entry {
		return []index{
			{"record_published_2", "record (kind, published, name, converted, withdrawn)"},
			{"record_modified_2", "record (kind, modified DESC, name, converted, withdrawn)"},
			{"record_year_2", "record (kind, year, modified, revision, converted, withdrawn)"},
			{"record_weaknesses_2", "record (weaknesses, modified DESC, name, withdrawn, revision, kind)"},
			{"set_weakness_cwe", "set_weakness (cwe)"},
			{"record_tags", "record (tags) WHERE tags IS NOT NULL"},
			{"record_sources", "record (sources)"},
			{"criterion_product", "criterion (product)"},
			{"detail_bare", "detail (record) WHERE nodes IS NULL"},
			{"kev_added", "kev_entry (added)"},
		}
	}
	n, kind := t.name, "kind, "
	if t.kind != "" {
		kind = ""
	}
	all := []index{
		{n + "_name", n + " (" + kind + "name)"},
		{n + "_published", n + " (" + kind + "published, name, converted, withdrawn)"},
		{n + "_modified", n + " (" + kind + "modified, revision, converted, withdrawn)"},
		{n + "_uuid", n + " (uuid_key) WHERE uuid_key IS NOT NULL"},
		{n + "_product", n + " (product) WHERE product IS NOT NULL"},
	}
	if t == &tables[tableProse] {
		all = append(all, index{n + "_named", n + " (id, kind, name, feed) WHERE withdrawn IS NULL"})
	}
	return all
}
