package mongo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"vulnmirror/store"
	"vulnmirror/store/mongo"
	"vulnmirror/vuln"
)

// entry is a record with a title, a text and links.
func entry(kind vuln.Kind, id string, links ...vuln.Link) vuln.Record {
	return vuln.Record{
		Kind: kind, ID: id, Source: string(kind), Modified: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Title: "Title of " + id,
		Text:  []vuln.Text{{Lang: "en", Value: "What " + id + " says: Improper Neutralization of Input"}},
		Facts: vuln.Facts{Links: links, Aliases: []string{"Alias-" + id}},
		Body:  []byte(`{"anything":"` + id + `"}`),
	}
}

func link(kind vuln.Kind, id, rule string) vuln.Link {
	return vuln.Link{Kind: kind, ID: id, Rule: rule}
}

// follow is what a query of links gives, each on a line.
func follow(t *testing.T, s store.Reader, q store.LinkQuery) (out []string) {
	t.Helper()
	for l, err := range s.(store.Linker).Links(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s -> %s (%s, %s)", l.From.ID, l.To.ID, l.Rule, l.Source))
	}
	return out
}

// TestLinks follows links from one state of the database while they change.
func TestLinks(t *testing.T) {
	s := open(t, database(t), mongo.Options{NoJSON: true})
	defer s.Close()
	xss, pattern, technique := store.Ref{Kind: vuln.KindCWE, ID: "CWE-79"}, store.Ref{Kind: vuln.KindCAPEC, ID: "CAPEC-63"}, store.Ref{Kind: vuln.KindATTACK, ID: "T1059"}
	cve := entry(vuln.KindCVE, "CVE-2024-0001", link(vuln.KindCWE, "CWE-79", "weakness"))
	put(t, s, "1", cve,
		entry(vuln.KindCWE, "CWE-79", link(vuln.KindCAPEC, "CAPEC-63", "relatedAttackPattern"), link(vuln.KindCWE, "CWE-74", "childOf"), link(vuln.KindCWE, "CWE-20", "canFollow")),
		entry(vuln.KindCAPEC, "CAPEC-63", link(vuln.KindATTACK, "T1059", "taxonomyMapping"), link(vuln.KindCWE, "CWE-79", "relatedWeakness")),
		entry(vuln.KindCAR, "CAR-2013-01-002", link(vuln.KindATTACK, "T1059", "coverage"), link(vuln.KindATTACK, "T1059", "implementation")),
	)
	old, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	before := map[string]store.LinkQuery{
		"out":             {From: []store.Ref{pattern, xss, technique, {Kind: vuln.KindCVE, ID: "CVE-2024-0001"}, xss}},
		"out to patterns": {From: []store.Ref{xss}, Kinds: []vuln.Kind{vuln.KindCAPEC, vuln.KindCAR}},
		"in":              {To: []store.Ref{technique, xss}},
		"in from CAR":     {To: []store.Ref{technique}, Kinds: []vuln.Kind{vuln.KindCAR, vuln.KindSHIELD}},
		"nothing":         {},
	}
	want := map[string][]string{
		"out": {
			"CAPEC-63 -> T1059 (taxonomyMapping, capec)", "CAPEC-63 -> CWE-79 (relatedWeakness, capec)",
			"CWE-79 -> CAPEC-63 (relatedAttackPattern, cwe)", "CWE-79 -> CWE-74 (childOf, cwe)", "CWE-79 -> CWE-20 (canFollow, cwe)",
		},
		"out to patterns": {"CWE-79 -> CAPEC-63 (relatedAttackPattern, cwe)"},
		"in": {
			"CAPEC-63 -> T1059 (taxonomyMapping, capec)", "CAPEC-63 -> CWE-79 (relatedWeakness, capec)",
			"CAR-2013-01-002 -> T1059 (coverage, car)", "CAR-2013-01-002 -> T1059 (implementation, car)",
		},
		"in from CAR": {"CAR-2013-01-002 -> T1059 (coverage, car)", "CAR-2013-01-002 -> T1059 (implementation, car)"},
	}
	for what, q := range before {
		if d := cmp.Diff(want[what], follow(t, s, q)); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	// One record changes, one is withdrawn, one comes of a kind that is new.
	changed := entry(vuln.KindCWE, "CWE-79", link(vuln.KindCAPEC, "CAPEC-591", "relatedAttackPattern"))
	changed.Modified = changed.Modified.Add(time.Hour)
	put(t, s, "2", changed, entry(vuln.KindSHIELD, "DTE0001", link(vuln.KindATTACK, "T1059", "counters")))
	if _, err := s.Withdraw(t.Context(), store.Withdrawal{Kind: vuln.KindCAPEC, Source: "capec", At: changed.Modified, UpTo: changed.Modified, Keep: func(string) bool { return false }}); err != nil {
		t.Fatal(err)
	}
	for what, q := range before {
		if d := cmp.Diff(want[what], follow(t, old, q)); d != "" {
			t.Errorf("%s, in a snapshot (-want +got):\n%s", what, d)
		}
	}
	for what, want := range map[string][]string{
		"out": {"CWE-79 -> CAPEC-591 (relatedAttackPattern, cwe)"},
		"in":  {"CAR-2013-01-002 -> T1059 (coverage, car)", "CAR-2013-01-002 -> T1059 (implementation, car)", "DTE0001 -> T1059 (counters, shield)"},
	} {
		if d := cmp.Diff(want, follow(t, s, before[what])); d != "" {
			t.Errorf("%s, after changes (-want +got):\n%s", what, d)
		}
	}
	titles, err := s.Titles(t.Context(), []store.Ref{pattern, xss, technique, {Kind: vuln.KindCVE, ID: "CVE-2024-0001"}})
	if d := cmp.Diff(map[store.Ref]string{pattern: "Title of CAPEC-63", xss: "Title of CWE-79", {Kind: vuln.KindCVE, ID: "CVE-2024-0001"}: "Title of CVE-2024-0001"}, titles); d != "" || err != nil {
		t.Errorf("titles, %v (-want +got):\n%s", err, d)
	}
	for what, q := range map[string]store.Query{
		"words":   {Words: []string{"neutral"}},
		"phrase":  {Phrase: "neutralization of input"},
		"alias":   {Aliases: []string{"ALIAS-CAR-2013-01-002"}},
		"link":    {LinksTo: &vuln.Link{Kind: vuln.KindATTACK, ID: "T1059"}},
		"all ids": {IDs: []string{"CAR-2013-01-002", "CAR-2013-01-003"}},
	} {
		q.Kind = vuln.KindCAR
		if d := cmp.Diff([]string{"CAR-2013-01-002"}, ids(t, s, q)); d != "" {
			t.Errorf("found by %s (-want +got):\n%s", what, d)
		}
	}
	if got := ids(t, s, store.Query{Kind: vuln.KindCAR, Phrase: "input of neutralization"}); got != nil {
		t.Errorf("found by words that are no phrase: %q", got)
	}
}

// TestForgets: what a source forgets is there for snapshots, and for nobody else.
func TestForgets(t *testing.T) {
	address := database(t)
	s := open(t, address, mongo.Options{NoJSON: true})
	defer s.Close()
	day := func(n int, score string) vuln.Record {
		r := entry(vuln.KindEPSS, "CVE-2024-0001")
		r.Modified, r.Body = r.Modified.AddDate(0, 0, n), []byte(`{"epss":"`+score+`"}`)
		return r
	}
	apply := func(file string, records ...vuln.Record) {
		t.Helper()
		b := &store.Batch{Origin: store.Origin{Source: "epss", Filename: file, SHA256: "00", Replaces: true, Forgets: true}, Records: records}
		if o, err := s.Apply(t.Context(), b); err != nil || o.Older > 0 {
			t.Fatalf("%s: %+v, %v", file, o, err)
		}
	}
	apply("1", day(1, "0.1"))
	old, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	apply("2", day(3, "0.2"), day(2, "0.3")) // whose dates go backwards
	apply("3", day(0, "0.4"))
	for of, want := range map[store.Reader]string{old: `{"epss":"0.1"}`, s: `{"epss":"0.4"}`} {
		versions, err := of.Versions(t.Context(), vuln.KindEPSS, "CVE-2024-0001")
		if err != nil || len(versions) != 1 || string(versions[0].Record.Body) != want {
			t.Errorf("versions %+v, %v, want one: %s", versions, err, want)
		}
	}
	history := raw(t, address).Collection("vulnmirror.history")
	if n, err := history.CountDocuments(t.Context(), bson.D{{Key: "shadow", Value: false}}); n != 0 || err != nil {
		t.Errorf("%d versions stay, %v", n, err)
	}
}

// TestEarlierSchema: a database of an earlier program answers, and the rules of
// links that it lacks come with a rebuild.
func TestEarlierSchema(t *testing.T) {
	address := database(t)
	s := open(t, address, mongo.Options{NoJSON: true})
	deprecated := entry(vuln.KindCPE, "cpe:2.3:a:acme:old:1:*:*:*:*:*:*:*", link(vuln.KindCPE, "cpe:2.3:a:acme:new:1:*:*:*:*:*:*:*", "deprecatedBy"))
	put(t, s, "1", deprecated)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, address).Collection("cpe").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "rules", Value: ""}}}}); err != nil {
		t.Fatal(err)
	}
	meta := raw(t, address).Collection("vulnmirror.meta")
	schema := bson.D{{Key: "_id", Value: "schema"}}
	if _, err := meta.UpdateOne(t.Context(), schema, bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: 1}}}}); err != nil {
		t.Fatal(err)
	}
	s = open(t, address, mongo.Options{NoJSON: true})
	defer s.Close()
	var now struct{ Version int }
	if err := meta.FindOne(t.Context(), schema).Decode(&now); err != nil || now.Version < 2 {
		t.Errorf("the schema is %d, %v: an earlier program may drop what is new", now.Version, err)
	}
	check := func(rule string) {
		t.Helper()
		q := store.LinkQuery{To: []store.Ref{{Kind: vuln.KindCPE, ID: "cpe:2.3:a:acme:new:1:*:*:*:*:*:*:*"}}}
		want := []string{deprecated.ID + " -> " + q.To[0].ID + " (" + rule + ", cpe)"}
		if d := cmp.Diff(want, follow(t, s, q)); d != "" {
			t.Errorf("links (-want +got):\n%s", d)
		}
	}
	check("")
	fresh, err := s.Renew(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	put(t, fresh, "1", deprecated)
	if err := fresh.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("deprecatedBy")
}

// TestRelease: the edition held is kept with a source's state.
func TestRelease(t *testing.T) {
	s := open(t, database(t), mongo.Options{})
	defer s.Close()
	want := store.SourceState{Source: "cwe", Release: "4.19.1"}
	if err := s.SetSource(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Sources(t.Context()); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("states %+v, %v, want %+v", got, err, want)
	}
}
