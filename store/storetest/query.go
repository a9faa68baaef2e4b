package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// filters has at least one query for every field of store.Query that narrows.
func filters() []store.Query {
	at := func(days int) time.Time { return epoch.AddDate(0, 0, days) }
	midnight := time.Date(2024, 3, 20, 0, 0, 0, 0, time.UTC)
	qs := []store.Query{
		{IDs: []string{"CVE-1999-0000", "CVE-2001-0010", "CVE-2000-0001", "CVE-2099-1234", "cve-1999-0008"}},
		{Year: 2002},
		{Year: 2005},
		{Year: 2050},
		{Published: store.Span{From: at(20)}},
		{Published: store.Span{To: at(20)}},
		{Published: store.Span{From: at(10), To: at(10)}},
		{Published: store.Span{From: at(30).Add(1), To: at(40).Add(-1)}},
		{Published: store.Span{From: at(20).In(time.FixedZone("", -5*3600)), To: at(60)}},
		{Modified: store.Span{From: at(50)}},
		{Modified: store.Span{From: at(5), To: at(50)}},
		{KEVAdded: store.Span{From: midnight}},
		{KEVAdded: store.Span{To: midnight}},
		{KEVAdded: store.Span{From: midnight.Add(1), To: midnight.AddDate(0, 0, 20).Add(-1)}},
		{KEVAdded: store.Span{From: midnight, To: midnight.AddDate(0, 0, 10)}},
		{Statuses: []string{"Analyzed"}},
		{Statuses: []string{"Awaiting Analysis", "Rejected", "No Such"}},
		{NotStatuses: []string{"Rejected"}},
		{NotStatuses: []string{"Received", "Modified"}},
		{SourceIdentifier: "two@example.com"},
		{SourceIdentifier: people[3]},
		{SourceIdentifier: "example.com"},
		{CWE: "CWE-7"},
		{CWE: "NVD-CWE-noinfo"},
		{CWE: "CWE"},
		{Tag: "disputed"},
		{Tag: "dispute"},
		{InKEV: true},
		{CertAlert: true},
		{CertNote: true},
		{OVAL: true},
		{CVSS: &store.CVSSFilter{}},
		{CVSS: &store.CVSSFilter{Versions: []string{"3.0", "3.1"}}},
		{CVSS: &store.CVSSFilter{Versions: []string{"2.0"}, Severity: "HIGH"}},
		{CVSS: &store.CVSSFilter{Versions: []string{"4.0"}, Severity: "LOW"}},
		{CVSS: &store.CVSSFilter{Metrics: []string{"AV:N"}}},
		{CVSS: &store.CVSSFilter{Versions: []string{"3.0"}, Metrics: []string{"AV:N"}}}, // only MAV:N has it
		{CVSS: &store.CVSSFilter{Versions: []string{"2.0"}, Metrics: []string{"A:N", "AV:L"}}},
		{CVSS: &store.CVSSFilter{Metrics: []string{"AV:"}}},
		{Severity: "HIGH"},
		{Severity: "NONE"},
		{Severity: "high"},
		{MinScore: 5.4},
		{MinScore: 8.7},
		{MinScore: 10},
		{Words: []string{"over"}},
		{Words: []string{"sql", "widg"}},
		{Phrase: "SQL injection"},
		{Phrase: "stack based"},
		{Native: true},
		{NoCriteria: true},
		{Withdrawn: true},
		{Vendor: "vendor7"},
		{Product: `pro\:duct100`},
		{Vendor: "Vendor3", Product: `pro\:duct3`},
	}
	for i := range qs {
		qs[i].Kind = vuln.KindCVE
	}
	return append(qs, store.Query{Kind: "other"}, store.Query{})
}

// onePerField has for every field that narrows the last query of it that finds something.
func onePerField(records []vuln.Record) []store.Query {
	var out []store.Query
	place := map[string]int{}
	for _, q := range filters() {
		if q.Kind != vuln.KindCVE {
			continue
		}
		field, _, _ := strings.Cut(strings.TrimPrefix(show(q), "Kind:cve "), ":")
		i, ok := place[field]
		if !ok {
			i = len(out)
			place[field] = i
			out = append(out, q)
		}
		if len(find(records, q)) > 0 {
			out[i] = q
		}
	}
	return out
}

// merge asks for what both ask for; fields that both set come from b.
func merge(a, b store.Query) store.Query {
	m := b
	if m.IDs == nil {
		m.IDs = a.IDs
	}
	if m.Year == 0 {
		m.Year = a.Year
	}
	for _, s := range []struct{ to, from *store.Span }{{&m.Published, &a.Published}, {&m.Modified, &a.Modified}, {&m.KEVAdded, &a.KEVAdded}} {
		if s.to.IsZero() {
			*s.to = *s.from
		}
	}
	if m.Statuses == nil {
		m.Statuses = a.Statuses
	}
	if m.NotStatuses == nil {
		m.NotStatuses = a.NotStatuses
	}
	for _, s := range []struct{ to, from *string }{{&m.SourceIdentifier, &a.SourceIdentifier}, {&m.CWE, &a.CWE}, {&m.Tag, &a.Tag}, {&m.Severity, &a.Severity}, {&m.Phrase, &a.Phrase}, {&m.Vendor, &a.Vendor}, {&m.Product, &a.Product}} {
		if *s.to == "" {
			*s.to = *s.from
		}
	}
	m.InKEV, m.CertAlert, m.CertNote, m.OVAL = a.InKEV || b.InKEV, a.CertAlert || b.CertAlert, a.CertNote || b.CertNote, a.OVAL || b.OVAL
	if m.CVSS == nil {
		m.CVSS = a.CVSS
	}
	m.NoCriteria = a.NoCriteria || b.NoCriteria
	m.Native, m.Withdrawn = a.Native || b.Native, a.Withdrawn || b.Withdrawn
	m.MinScore = max(a.MinScore, b.MinScore)
	if m.Words == nil {
		m.Words = a.Words
	}
	return m
}

// compare checks List and Digest of one query against the oracle.
func compare(t T, s store.Reader, records []vuln.Record, q store.Query) {
	t.Helper()
	compareList(t, s, records, q)
	all := q
	all.Offset, all.Limit = 0, 0
	hits := find(records, all)
	var newest time.Time
	for i := range records {
		if matches(&records[i], q) && records[i].Modified.After(newest) {
			newest = records[i].Modified
		}
	}
	d, err := s.Digest(t.Context(), q)
	if err != nil {
		t.Fatalf("Digest(%s): %v", show(q), err)
	}
	if d.Count != len(hits) || !d.Newest.Equal(newest) {
		t.Errorf("Digest(%s): %d records, newest %v; want %d, %v", show(q), d.Count, d.Newest, len(hits), newest)
	}
}

// compareList checks List alone.
func compareList(t T, s store.Reader, records []vuln.Record, q store.Query) {
	t.Helper()
	if d := cmp.Diff(find(records, q), list(t, s, q)); d != "" {
		t.Errorf("List(%s) (-want +got):\n%s", show(q), d)
	}
}

// show spells the fields of a query that are set.
func show(q store.Query) string {
	var set []string
	v := reflect.ValueOf(q)
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() {
			set = append(set, fmt.Sprintf("%s:%+v", v.Type().Field(i).Name, reflect.Indirect(f)))
		}
	}
	return strings.Join(set, " ")
}

func checkFilters(t trial, s store.Store) {
	records := Records(t.size(250, 100), 1)
	apply(t, s, 1, records...)
	empty := 0
	for _, q := range filters() {
		if len(find(records, q)) == 0 {
			empty++
		}
		compare(t, s, records, q)
	}
	if empty > 12 {
		t.Errorf("%d queries find nothing: the records do not try the store", empty)
	}
}

func checkFilterPairs(t trial, s store.Store) {
	records := Records(t.size(120, 60), 2)
	apply(t, s, 1, records...)
	qs := onePerField(records)
	every := 1
	if raceEnabled || t.small {
		every = 4
	}
	for i := range qs {
		for j := i % every; j < i; j += every {
			compare(t, s, records, merge(qs[i], qs[j]))
		}
	}
}

func checkOrders(t trial, s store.Store) {
	records := Records(t.size(300, 100), 5)
	n := len(records)
	apply(t, s, 1, records[n/2:]...)
	apply(t, s, 2, records[:n/2]...)
	for _, order := range []store.Order{store.ByPublished, store.ByID, store.ByModifiedDesc} {
		for _, q := range []store.Query{{}, {Words: []string{"over"}}} {
			q.Kind, q.Order = vuln.KindCVE, order
			compare(t, s, records, q)
			for _, page := range [][2]int{{0, n / 3}, {1, 3}, {n/3 - 1, n / 6}, {n * 5 / 6, 2000}, {n - 1, 1}, {n, 5}, {5000, 5}, {3, 0}} {
				q.Offset, q.Limit = page[0], page[1]
				compare(t, s, records, q)
			}
		}
	}
}

func checkWords(t trial, s store.Store) {
	apply(t, s, 1,
		record(2024, 1, text("A buffer overflow in log4j-core 2.14.1 (C++)", "Un desbordamiento de búfer")),
		record(2024, 2, text("Overflows of BUFFERS and encircled circles")),
		record(2024, 3, text("Nothing of the kind", "naïve 任意代码执行")),
		record(2024, 4, text("")),
	)
	for _, tc := range []struct {
		words []string
		want  string
	}{
		{[]string{"buffer"}, "1 2"},
		{[]string{"BUFF", "overf"}, "1 2"},
		{[]string{"overflow buffer"}, "1 2"},
		{[]string{"circle"}, "2"}, // begins circles, not encircled
		{[]string{"bufer"}, "1"},  // without marks, in another language
		{[]string{"búfer", "overflow"}, "1"},
		{[]string{"naive"}, "3"},
		{[]string{"NAÏVE"}, "3"},
		{[]string{"任意"}, "3"},
		{[]string{"代码"}, ""},
		{[]string{"log4j-core"}, "1"},
		{[]string{"2.14"}, "1"},
		{[]string{"C++"}, "1 2"},
		{[]string{"buffer", "++"}, "1 2"}, // what has no letter or digit asks for nothing …
		{[]string{"++"}, ""},              // … and alone finds nothing
		{[]string{""}, ""},
		{[]string{" "}, ""},
		{[]string{`"quoted"`}, ""},
		{[]string{`overflow"`, "AND", "NOT"}, ""},
		{[]string{"buffer*"}, "1 2"},
		{[]string{"a:b OR (c"}, ""},
		{[]string{"nothing", "kind"}, "3"},
		{[]string{"buffer", "kind"}, ""},
	} {
		wantNumbers(t, s, store.Query{Words: tc.words}, tc.want)
	}
}

func checkPhrases(t trial, s store.Store) {
	apply(t, s, 1,
		record(2024, 1, text("A stack-based Buffer overflow", "SQL")),
		record(2024, 2, text("injection of SQL; overflow of a buffer")),
		record(2024, 3, text("one two", "three four")),
		record(2024, 4, text("buffer overflows", "Ein Überlauf\r\nim Puffer")),
	)
	for phrase, want := range map[string]string{
		"buffer overflow": "1", "BUFFER  Overflow": "1", "stack based": "1", "stack-based buffer": "1",
		"overflow buffer": "", "two three": "", "three four": "3", "uberlauf im": "4", "buffer": "1 2 4",
		"buffer over": "", "SQL overflow": "2", "++": "", `"`: "", "overflow SQL": "",
	} {
		wantNumbers(t, s, store.Query{Phrase: phrase}, want)
	}
}

// wantNumbers checks which of the records CVE-2024-n a query lists.
func wantNumbers(t T, s store.Store, q store.Query, want string) {
	t.Helper()
	q.Kind, q.Order = vuln.KindCVE, store.ByID
	got := ""
	for i, id := range list(t, s, q) {
		if i > 0 {
			got += " "
		}
		got += id[len(id)-1:]
	}
	if got != want {
		t.Errorf("words %q, phrase %q: records %q, want %q", q.Words, q.Phrase, got, want)
	}
}
