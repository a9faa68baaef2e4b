package mongo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"vulnmirror/store"
	"vulnmirror/store/mongo"
	"vulnmirror/store/storetest"
	"vulnmirror/vuln"
)

// raw is the database as people see it.
func raw(t *testing.T, address string) *driver.Database {
	t.Helper()
	name, _, _ := strings.Cut(address[strings.LastIndex(address, "/")+1:], "?")
	return client(t, address).Database(name)
}

func put(t *testing.T, s store.Store, file string, records ...vuln.Record) {
	t.Helper()
	if _, err := s.Apply(t.Context(), &store.Batch{Origin: store.Origin{Source: "s", Filename: file, SHA256: "00"}, Records: records}); err != nil {
		t.Fatal(err)
	}
}

func version(at time.Time, body string) vuln.Record {
	return vuln.Record{
		Kind: vuln.KindCVE, ID: "CVE-2024-0001", Source: "nvd-cve", Modified: at, Status: "Analyzed",
		Text: []vuln.Text{{Lang: "en", Value: "A buffer overflow"}, {Lang: "es", Value: "Un desbordamiento"}},
		Facts: vuln.Facts{Criteria: []vuln.MatchCriteria{
			{Operator: "OR", Vulnerable: true, ID: "1", Criteria: "cpe:2.3:a:apache:http_server:*:*:*:*:*:*:*:*", VersionEndExcluding: "2.4.50"},
			{Operator: "OR", Vulnerable: true, ID: "2", Criteria: "cpe:2.3:a:apache:http_server:*:*:*:*:*:*:*:*", VersionEndExcluding: "2.2"},
			{Operator: "OR", ID: "3", Criteria: "cpe:2.3:o:Acme:os:1:*:*:*:*:*:*:*"},
		}},
		Body: []byte(body),
	}
}

// TestPeople looks for records as people do, by the fields that docs/schema.md
// names.
func TestPeople(t *testing.T) {
	address := database(t)
	s := open(t, address, mongo.Options{})
	defer s.Close()
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	put(t, s, "1", version(at, `{"id":"CVE-2024-0001","metrics":{"cvssMetricV31":[{"cvssData":{"baseScore":9.8}}]}}`))
	put(t, s, "2", version(at.Add(time.Hour), `{"id":"CVE-2024-0001","metrics":{"cvssMetricV31":[{"cvssData":{"baseScore":5.0}}]}}`))
	odd := version(at, `{"$id":[[1]]}`)
	odd.ID = "CVE-2024-0002"
	put(t, s, "3", odd)
	cve := raw(t, address).Collection("cve")
	for _, tc := range []struct {
		what string
		ask  bson.D
		want int64
	}{
		{"by id", bson.D{{Key: "cveId", Value: "CVE-2024-0001"}}, 1},
		{"by name", bson.D{{Key: "cpeName", Value: "cpe:2.3:o:Acme:os:1:*:*:*:*:*:*:*"}}, 2},
		{"by product", bson.D{{Key: "cpeNameProductPrefix", Value: "cpe:2.3:a:apache:http_server"}}, 2},
		{"by keyword", bson.D{{Key: "keyword", Value: bson.Regex{Pattern: "desbord", Options: "i"}}}, 2},
		{"by what the JSON has", bson.D{{Key: "json.metrics.cvssMetricV31.cvssData.baseScore", Value: bson.D{{Key: "$gte", Value: 5}}}}, 1},
		{"by what it had", bson.D{{Key: "json.metrics.cvssMetricV31.cvssData.baseScore", Value: 9.8}}, 0},
		{"by time", bson.D{{Key: "lastModified", Value: bson.D{{Key: "$gt", Value: at}}}}, 1},
	} {
		if got, err := cve.CountDocuments(t.Context(), tc.ask); err != nil || got != tc.want {
			t.Errorf("%s: %d records, %v, want %d", tc.what, got, err, tc.want)
		}
	}
	var doc struct {
		Names []string `bson:"cpeName"`
	}
	if err := cve.FindOne(t.Context(), bson.D{{Key: "_id", Value: "CVE-2024-0001"}}).Decode(&doc); err != nil || len(doc.Names) != 2 {
		t.Errorf("names %q, %v: want each once", doc.Names, err)
	}
	if n, err := raw(t, address).Collection("vulnmirror.history").CountDocuments(t.Context(), bson.D{{Key: "json", Value: bson.D{{Key: "$exists", Value: true}}}}); err != nil || n != 0 {
		t.Errorf("%d versions kept fields for people, %v", n, err)
	}
	if got, err := s.Get(t.Context(), vuln.KindCVE, odd.ID); err != nil || string(got.Body) != string(odd.Body) {
		t.Errorf("a body that has no copy: %s, %v", got.Body, err)
	}
	if _, err := cve.InsertOne(t.Context(), bson.D{{Key: "_id", Value: "x"}, {Key: "cveId", Value: "CVE-2024-0001"}}); !driver.IsDuplicateKeyError(err) {
		t.Errorf("a second document of that cveId: %v", err)
	}
}

// ids are those of the records that a query lists.
func ids(t *testing.T, s store.Reader, q store.Query) (out []string) {
	t.Helper()
	for r, err := range s.List(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r.ID)
	}
	return out
}

// TestSummed compares what the program sums up, and reads at once, with what the
// server sums up and what is read by identifiers.
func TestSummed(t *testing.T) {
	address := database(t)
	program, server := open(t, address, mongo.Options{NoJSON: true}), open(t, address, mongo.Options{NoJSON: true})
	defer program.Close()
	defer server.Close()
	server.Hurry(2*time.Second, 3)
	put(t, program, "1", storetest.Records(60, 3)...)
	later := storetest.Records(60, 3)[:7]
	for i := range later {
		later[i].Modified = later[i].Modified.AddDate(1, 0, 0)
	}
	put(t, program, "2", later...)
	for _, q := range []store.Query{{}, {Statuses: []string{"Analyzed"}}, {Words: []string{"buff"}}, {IDs: []string{"none"}}, {InKEV: true}, {Year: 2003}} {
		q.Kind = vuln.KindCVE
		want, err := program.Digest(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := server.Digest(t.Context(), q); err != nil || got != want {
			t.Errorf("the server says %+v, %v; the program %+v", got, err, want)
		}
		for _, page := range [][2]int{{0, 0}, {0, 3}, {2, 10}, {50, 100}} {
			q.Offset, q.Limit, q.Order = page[0], page[1], store.ByModifiedDesc
			if d := cmp.Diff(ids(t, program, q), ids(t, server, q)); d != "" {
				t.Errorf("%+v, read at once or by identifiers:\n%s", q, d)
			}
		}
	}
}

// TestSweep: what only old snapshots need goes, versions stay.
func TestSweep(t *testing.T) {
	address := database(t)
	s := open(t, address, mongo.Options{NoJSON: true})
	defer s.Close()
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	put(t, s, "1", version(at, `{"v":1}`))
	put(t, s, "2", version(at.Add(time.Hour), `{"v":2}`))
	if n, err := s.Withdraw(t.Context(), store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", At: at, UpTo: at.AddDate(1, 0, 0), Keep: func(string) bool { return false }}); err != nil || n != 1 {
		t.Fatalf("Withdraw: %d, %v", n, err)
	}
	history := raw(t, address).Collection("vulnmirror.history")
	shadows := func() int64 {
		n, err := history.CountDocuments(t.Context(), bson.D{{Key: "shadow", Value: true}})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if shadows() != 1 {
		t.Errorf("%d shadows of a withdrawal, want 1", shadows())
	}
	if _, err := history.UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: time.Now().Add(-2 * time.Hour)}}}}); err != nil {
		t.Fatal(err)
	}
	again := open(t, address, mongo.Options{NoJSON: true})
	defer again.Close()
	other := version(at, `{"v":3}`)
	other.ID = "CVE-2024-0002"
	put(t, again, "3", other)
	if shadows() != 0 {
		t.Errorf("%d shadows are kept for ever", shadows())
	}
	versions, err := again.Versions(t.Context(), vuln.KindCVE, "CVE-2024-0001")
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, v := range versions {
		bodies = append(bodies, string(v.Record.Body))
	}
	if d := cmp.Diff([]string{`{"v":1}`, `{"v":2}`}, bodies); d != "" {
		t.Errorf("versions (-want +got):\n%s", d)
	}
}

// TestInit makes collections and indexes, and does so again.
func TestInit(t *testing.T) {
	address := database(t)
	for range 2 {
		if err := mongo.Init(t.Context(), address, mongo.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	names, err := raw(t, address).ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cve", "cpe", "cpematch", "vulnmirror.history", "vulnmirror.meta"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no collection %s in %q", want, names)
		}
	}
}
