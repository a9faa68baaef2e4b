package transfer

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vulnmirror/format/cwe"
	"vulnmirror/format/epss"
	"vulnmirror/format/kev"
	"vulnmirror/format/nvd"
	"vulnmirror/progress"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

var noon = time.Date(2025, 3, 1, 12, 0, 0, 123e6, time.UTC)

func hour(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

func options() Options { return Options{Kinds: All(), Meter: progress.Silent} }

func newStore(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func file(source string, n int) store.Origin {
	return store.Origin{Source: source, Filename: fmt.Sprintf("run/%s-%d.json.gz", source, n), SHA256: fmt.Sprintf("%064x", n), Fetched: hour(n)}
}

// decoders read bodies as sources do.
var decoders = map[vuln.Kind]func([]byte) (vuln.Record, error){
	vuln.KindCVE:           func(b []byte) (vuln.Record, error) { return decode(nvd.FormatCVE, b) },
	vuln.KindCPE:           func(b []byte) (vuln.Record, error) { return decode(nvd.FormatCPE, b) },
	vuln.KindMatchCriteria: func(b []byte) (vuln.Record, error) { return decode(nvd.FormatCPEMatch, b) },
	vuln.KindNVDSource:     func(b []byte) (vuln.Record, error) { return decode(nvd.FormatSource, b) },
	vuln.KindCVEChange:     func(b []byte) (vuln.Record, error) { return decode(nvd.FormatCVEChange, b) },
	vuln.KindCWE:           cwe.Decode,
	vuln.KindKEV:           kev.Decode,
	vuln.KindEPSS:          epss.Decode,
}

// put applies bodies of one kind as a file of a source does, and marks it as
// ingested.
func put(t testing.TB, s store.Store, o store.Origin, kind vuln.Kind, change func(*vuln.Record), bodies ...string) store.Outcome {
	t.Helper()
	decode := decoders[kind]
	batch := &store.Batch{Origin: o, Last: true}
	for _, body := range bodies {
		r, err := decode([]byte(body))
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		r.Source, r.Body = o.Source, []byte(body)
		if change != nil {
			change(&r)
		}
		batch.Records = append(batch.Records, r)
	}
	out, err := s.Apply(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// cve is a body with a description of its own.
func cve(n, modified int, says string) string {
	return fmt.Sprintf(`{"id":"CVE-2025-%04d","sourceIdentifier":"cna@example.com","published":"2025-02-01T00:00:00.000","lastModified":"%s","vulnStatus":"Analyzed","cveTags":[],`+
		`"descriptions":[{"lang":"en","value":"%s \u00e9"}],"metrics":{"cvssMetricV31":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.80,"baseSeverity":"CRITICAL"}}]},`+
		`"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:example:server:*:*:*:*:*:*:*:*","versionEndExcluding":"%d.0","matchCriteriaId":"%s"}]}]}],"references":[]}`,
		n, vuln.FormatTime(hour(modified)), says, n, uuid(1, n))
}

func weakness(n int, modified, says string) string {
	return fmt.Sprintf(`{"ID":"%d","Name":"Weakness %d","Abstraction":"Base","Status":"Draft","Description":"%s","RelatedAttackPatterns":["%d"],"ContentHistory":[{"Type":"Modification","ModificationDate":"%s"}]}`,
		n, n, says, n+1, modified)
}

func score(n int, date, value string) string {
	return fmt.Sprintf(`{"cve":"CVE-2025-%04d","epss":"%s","percentile":"0.5","model_version":"v1","score_date":"%s"}`, n, value, date)
}

func uuid(family, n int) string {
	return vuln.UUID{0: byte(family), 6: 0x40, 8: 0x80, 14: byte(n >> 8), 15: byte(n)}.String()
}

func cpeName(n, modified int) string {
	return fmt.Sprintf(`{"deprecated":false,"cpeName":"cpe:2.3:a:example:server:%d.0:*:*:*:*:*:*:*","cpeNameId":"%s","lastModified":"%s","created":"2025-01-01T00:00:00.000","titles":[{"title":"Example Server %d","lang":"en"}]}`,
		n, uuid(2, n), vuln.FormatTime(hour(modified)), n)
}

func criteria(n, modified int) string {
	return fmt.Sprintf(`{"matchCriteriaId":"%s","criteria":"cpe:2.3:a:example:server:*:*:*:*:*:*:*:*","versionEndExcluding":"%d.0","lastModified":"%s","created":"2025-01-01T00:00:00.000","status":"Active","matches":[{"cpeName":"cpe:2.3:a:example:server:1.0:*:*:*:*:*:*:*","cpeNameId":"%s"}]}`,
		uuid(1, n), n, vuln.FormatTime(hour(modified)), uuid(2, 1))
}

const (
	imports = "nvd-legacy"
	many    = 8 // of records that are alike
)

// mirror fills a store with all that can be: records of every kind, versions from
// several files, with one time too, records that are converted, undated, adopted,
// withdrawn at several times and found again, versions dated before what they
// replaced, some that are not kept, states of sources that are well and that are
// not.
func mirror(t testing.TB, s store.Store) {
	t.Helper()
	const nvdCVE, nvdCPE, nvdMatch = "nvd-cve", "nvd-cpe", "nvd-cpematch"
	converted := func(r *vuln.Record) { r.Converted = true }
	var first, second []string
	for n := range many {
		first = append(first, cve(n, 0, "first"))
		if n%3 == 0 {
			second = append(second, cve(n, n, "second"))
		}
	}
	put(t, s, file(imports, 0), vuln.KindCVE, converted, cve(1, 9, "converted"), cve(90, 0, "converted for ever"))
	put(t, s, file(nvdCVE, 1), vuln.KindCVE, nil, first...)
	put(t, s, file(nvdCVE, 2), vuln.KindCVE, nil, second...)
	// Upstream changes records without moving lastModified, and back again.
	put(t, s, file(nvdCVE, 3), vuln.KindCVE, nil, cve(4, 0, "other"), cve(5, 20, "third"))
	put(t, s, file(nvdCVE, 4), vuln.KindCVE, nil, cve(4, 0, "first"), cve(5, 20, "fourth"))
	// A copy that upstream turns out to have as well.
	kept := file(imports, 5)
	kept.Copies = true
	put(t, s, kept, vuln.KindCVE, nil, cve(91, 1, "adopted"), cve(92, 1, "a copy"))
	put(t, s, file(nvdCVE, 6), vuln.KindCVE, nil, cve(91, 1, "adopted"))

	var names, matches []string
	for n := range many {
		names, matches = append(names, cpeName(n, n)), append(matches, criteria(n, n))
	}
	put(t, s, file(nvdCPE, 1), vuln.KindCPE, nil, names...)
	put(t, s, file(nvdMatch, 1), vuln.KindMatchCriteria, nil, matches...)
	put(t, s, file(nvdMatch, 2), vuln.KindMatchCriteria, nil, criteria(3, 40))
	put(t, s, file(imports, 7), vuln.KindMatchCriteria, func(r *vuln.Record) {
		r.Converted, r.Published, r.Modified = true, time.Time{}, time.Time{}
	}, fmt.Sprintf(`{"matchCriteriaId":"%s","criteria":"cpe:2.3:a:old:tool:*:*:*:*:*:*:*:*"}`, uuid(3, 1)))
	put(t, s, file("nvd-source", 1), vuln.KindNVDSource, nil,
		`{"name":"Example","contactEmail":"mail@example.com","sourceIdentifiers":["a@example.com","b@example.com"],"lastModified":"2025-01-01T00:00:00.000","created":"2019-09-09T16:18:45.930"}`)
	put(t, s, file("nvd-cvehistory", 1), vuln.KindCVEChange, nil,
		`{"cveId":"CVE-2025-0001","eventName":"Initial Analysis","cveChangeId":"`+uuid(4, 1)+`","sourceIdentifier":"nvd@nist.gov","created":"2025-02-02T00:00:00.000","details":[]}`)

	put(t, s, file("cwe", 1), vuln.KindCWE, nil, weakness(1, "2025-02-02", "first"), weakness(2, "2025-02-02", "only"))
	for n, v := range []string{weakness(1, "2025-02-01", "second"), weakness(1, "2025-03-01", "third"), weakness(1, "2025-02-02", "first")} {
		backwards := file("cwe", 2+n)
		backwards.Replaces = true
		put(t, s, backwards, vuln.KindCWE, nil, v)
	}
	for n, date := range []string{"2025-03-01T12:00:00Z", "2025-03-02T12:00:00Z"} {
		daily := file("epss", 1+n)
		daily.Forgets = true
		put(t, s, daily, vuln.KindEPSS, nil, score(1, date, fmt.Sprint(0.1*float64(n+1))), score(2, date, fmt.Sprint(0.2*float64(n+1))))
	}
	put(t, s, file("kev", 1), vuln.KindKEV, nil, `{"cveID":"CVE-2025-0001","vulnerabilityName":"Flaw","dateAdded":"2025-02-03","shortDescription":"Of a kind.","cwes":["CWE-1"]}`)

	withdraw(t, s, vuln.KindCPE, nvdCPE, 50, recordID(t, cpeName(2, 2)), recordID(t, cpeName(3, 3)))
	withdraw(t, s, vuln.KindCPE, nvdCPE, 60, recordID(t, cpeName(4, 4)))
	withdraw(t, s, vuln.KindMatchCriteria, nvdMatch, 50, uuid(1, 3), uuid(1, 5))
	withdraw(t, s, vuln.KindMatchCriteria, imports, 50, uuid(3, 1))
	put(t, s, file(nvdCPE, 8), vuln.KindCPE, nil, cpeName(3, 3)) // it is there again
	for _, st := range []store.SourceState{
		{Source: nvdCVE, Completed: hour(2), Synced: hour(7), Watermark: hour(6)},
		{Source: "cwe", Completed: hour(2), Synced: hour(7), Release: "4.19.1"},
		{Source: nvdCPE, Completed: hour(2), Synced: hour(2), Watermark: hour(1), Failed: hour(9), Reason: "it's \"broken\""},
	} {
		if err := s.SetSource(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
}

// recordID is the id of a CPE name.
func recordID(t testing.TB, body string) string {
	t.Helper()
	r, err := decoders[vuln.KindCPE]([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func withdraw(t testing.TB, s store.Store, kind vuln.Kind, source string, at int, ids ...string) {
	t.Helper()
	n, err := s.Withdraw(t.Context(), store.Withdrawal{
		Kind: kind, Source: source, At: hour(at), UpTo: hour(at),
		Keep: func(id string) bool { return !slices.Contains(ids, id) },
	})
	if err != nil || n != len(ids) {
		t.Fatalf("withdrawn %d of %d, %v", n, len(ids), err)
	}
}

// holding is all that can be read of a store, for tests to compare on their own.
type holding struct {
	Histories map[string]held
	Origins   []store.Origin
	States    []store.SourceState
}

type held struct {
	Current  vuln.Record
	Versions []store.Version
}

func holdingOf(t testing.TB, st store.Store) holding {
	t.Helper()
	s, err := st.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h := holding{Histories: map[string]held{}}
	for _, k := range All() {
		for r, err := range s.List(t.Context(), store.Query{Kind: k.Kind, Withdrawn: true, Order: store.ByID}) {
			if err != nil {
				t.Fatal(err)
			}
			versions, err := s.Versions(t.Context(), k.Kind, r.ID)
			if err != nil {
				t.Fatal(err)
			}
			h.Histories[string(k.Kind)+" "+r.ID] = held{r, versions}
		}
	}
	if h.Origins, err = s.Origins(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(h.Origins, func(a, b store.Origin) int { return cmp.Compare(a.Filename, b.Filename) })
	if h.States, err = s.Sources(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// diff compares bodies as texts, which is fast.
func diff(want, got holding) string {
	return gocmp.Diff(want, got, gocmp.Transformer("text", func(b []byte) string { return string(b) }))
}
