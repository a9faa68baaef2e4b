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

// TestNewKind: links into a record are found from kinds that came since somebody
// else asked, and not before for who holds a snapshot.
func TestNewKind(t *testing.T) {
	address := database(t)
	s, other := open(t, address, mongo.Options{NoJSON: true}), open(t, address, mongo.Options{NoJSON: true})
	defer s.Close()
	defer other.Close()
	put(t, other, "1", entry(vuln.KindCAPEC, "CAPEC-63", link(vuln.KindATTACK, "T1059", "taxonomyMapping")))
	into := store.LinkQuery{To: []store.Ref{{Kind: vuln.KindATTACK, ID: "T1059"}}}
	before := []string{"CAPEC-63 -> T1059 (taxonomyMapping, capec)"}
	if d := cmp.Diff(before, follow(t, s, into)); d != "" {
		t.Errorf("links (-want +got):\n%s", d)
	}
	old, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	put(t, other, "2", entry(vuln.KindCAR, "CAR-2013-01-002", link(vuln.KindATTACK, "T1059", "coverage")))
	if _, err := other.Withdraw(t.Context(), store.Withdrawal{Kind: vuln.KindCAPEC, Source: "capec", At: time.Now(), UpTo: time.Now(), Keep: func(string) bool { return false }}); err != nil {
		t.Fatal(err)
	}
	for what, tc := range map[string]struct {
		of   store.Reader
		want []string
	}{
		"snapshot": {old, before},
		"now":      {s, []string{"CAR-2013-01-002 -> T1059 (coverage, car)"}},
	} {
		if d := cmp.Diff(tc.want, follow(t, tc.of, into)); d != "" {
			t.Errorf("links, %s (-want +got):\n%s", what, d)
		}
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
