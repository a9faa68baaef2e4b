package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

var epoch = time.Date(2024, 3, 1, 10, 20, 30, 456e6, time.UTC)

// change alters a record before its body is made.
type change func(*vuln.Record)

// record makes the record CVE-year-number with the given changes and a body to
// go with them.
func record(year, number int, changes ...change) vuln.Record {
	r := vuln.Record{
		Kind: vuln.KindCVE, ID: fmt.Sprintf("CVE-%d-%04d", year, number), Source: "nvd-cve",
		Published: epoch, Modified: epoch, Status: "Received", SourceIdentifier: "one@example.org",
		Text:  []vuln.Text{{Lang: "en", Value: "An example."}},
		Facts: vuln.Facts{SourceIdentifiers: []string{"one@example.org"}},
	}
	for _, c := range changes {
		c(&r)
	}
	if r.Body == nil {
		r.Body = Body(&r)
	}
	return r
}

func modified(t time.Time) change { return func(r *vuln.Record) { r.Modified = t } }
func status(s string) change      { return func(r *vuln.Record) { r.Status = s } }
func body(s string) change        { return func(r *vuln.Record) { r.Body = []byte(s) } }
func text(values ...string) change {
	return func(r *vuln.Record) {
		r.Text = nil
		for i, v := range values {
			r.Text = append(r.Text, vuln.Text{Lang: []string{"en", "es", "fr"}[i%3], Value: v})
		}
	}
}

// Body is a body in the shape of the NVD API 2.0 for a record: envelope,
// descriptions, references and match criteria.
func Body(r *vuln.Record) []byte {
	type m = map[string]any
	type description struct {
		Lang  string `json:"lang"`
		Value string `json:"value"`
	}
	doc := struct {
		ID               string        `json:"id"`
		SourceIdentifier string        `json:"sourceIdentifier"`
		Published        string        `json:"published,omitempty"`
		LastModified     string        `json:"lastModified,omitempty"`
		VulnStatus       string        `json:"vulnStatus"`
		Descriptions     []description `json:"descriptions"`
		Metrics          []m           `json:"metrics,omitempty"`
		Criteria         []m           `json:"configurations,omitempty"`
		References       []m           `json:"references"`
	}{
		ID: r.ID, SourceIdentifier: r.SourceIdentifier, Published: vuln.FormatTime(r.Published), LastModified: vuln.FormatTime(r.Modified),
		VulnStatus: r.Status, Descriptions: []description{}, References: []m{},
	}
	for _, t := range r.Text {
		doc.Descriptions = append(doc.Descriptions, description{t.Lang, t.Value})
	}
	for _, s := range r.Facts.Scores {
		doc.Metrics = append(doc.Metrics, m{"source": s.Scorer, "type": s.Type, "cvssData": m{"version": s.Version, "vectorString": s.Vector, "baseScore": s.Base, "baseSeverity": s.Severity}})
	}
	for _, c := range r.Facts.Criteria {
		doc.Criteria = append(doc.Criteria, m{"vulnerable": c.Vulnerable, "criteria": c.Criteria, "matchCriteriaId": c.ID})
	}
	for _, f := range r.Facts.References {
		doc.References = append(doc.References, m{"url": f.URL, "source": f.Source, "tags": f.Tags})
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return b
}

var (
	statuses = []string{"Received", "Awaiting Analysis", "Analyzed", "Modified", "Rejected"}
	people   = []string{"one@example.org", "two@example.com", "nvd@nist.gov", "134c704f-9b21-4f2e-91b3-4a467353bcc0"}
	cwes     = []string{"CWE-79", "CWE-7", "CWE-89", "NVD-CWE-noinfo"}
	tagNames = []string{"disputed", "unsupported-when-assigned", "exclusively-hosted-service"}
	vectors  = []vuln.Score{
		{Version: "2.0", Base: 7.5, Severity: "HIGH", Vector: "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		{Version: "2.0", Base: 2.1, Severity: "LOW", Vector: "(AV:L/AC:L/Au:N/C:P/I:N/A:N)"},
		{Version: "3.1", Base: 9.8, Severity: "CRITICAL", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		{Version: "3.0", Base: 5.4, Severity: "MEDIUM", Vector: "CVSS:3.0/AV:L/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N/MAV:N"},
		{Version: "4.0", Base: 0, Severity: "NONE", Vector: "CVSS:4.0/AV:P/AC:H/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"},
		{Version: "4.0", Base: 8.7, Severity: "HIGH", Vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"},
	}
	lexicon = []string{"buffer", "overflow", "Overflows", "SQL", "injection", "log4j-core", "C++", "Núñez", "remote", "code", "stack-based", "widget", "任意代码", "parser,", "denial", "of", "service"}
)

// Records makes n different records, the same for the same seed, that between
// them have everything a query can ask for.
func Records(n int, seed uint64) []vuln.Record {
	rnd := rand.New(rand.NewPCG(seed, 1))
	pick := func(list []string) string { return list[rnd.IntN(len(list))] }
	out := make([]vuln.Record, n)
	for i := range out {
		r := record(1999+i%8, i, func(r *vuln.Record) {
			r.Published = epoch.Add(time.Duration(rnd.IntN(400)) * 6 * time.Hour) // several share one
			r.Modified = r.Published.Add(time.Duration(rnd.IntN(100000)) * time.Second)
			if i%97 == 96 {
				r.Published = time.Time{}
			}
			r.Status, r.SourceIdentifier = pick(statuses), pick(people[:2])
			r.Text = nil
			for range 1 + rnd.IntN(2) {
				value := ""
				for range 5 + rnd.IntN(25) {
					value += pick(lexicon) + " "
				}
				r.Text = append(r.Text, vuln.Text{Lang: "en", Value: value})
			}
			facts(r, rnd, pick)
		})
		out[i] = r
	}
	return out
}

func facts(r *vuln.Record, rnd *rand.Rand, pick func([]string) string) {
	f := &r.Facts
	f.SourceIdentifiers = []string{r.SourceIdentifier}
	for range rnd.IntN(4) {
		s := vectors[rnd.IntN(len(vectors))]
		s.Scorer, s.Type = pick(people), []string{"Primary", "Secondary"}[rnd.IntN(2)]
		f.Scores = append(f.Scores, s)
		f.SourceIdentifiers = append(f.SourceIdentifiers, s.Scorer)
	}
	f.Best = vuln.BestScore(f.Scores)
	for range rnd.IntN(3) {
		f.Weaknesses = append(f.Weaknesses, vuln.Weakness{CWE: pick(cwes), Source: pick(people), Type: "Primary"})
	}
	if rnd.IntN(5) == 0 {
		f.Tags = append(f.Tags, vuln.Tag{Name: pick(tagNames), Source: r.SourceIdentifier})
	}
	if rnd.IntN(6) == 0 {
		f.KEV = &vuln.KEV{Added: epoch.AddDate(0, 0, rnd.IntN(60)).Format(time.DateOnly), Due: "2025-01-01", Action: "Apply updates.", Name: "Example"}
	}
	f.CertAlert, f.CertNote, f.OVAL = rnd.IntN(4) == 0, rnd.IntN(4) == 0, rnd.IntN(4) == 0
	for i := range rnd.IntN(6) {
		url := fmt.Sprintf("https://host%d.example.org/advisories/%d?id=\"%s\"", rnd.IntN(9), rnd.IntN(5000), r.ID)
		for range 1 + i%2 {
			f.References = append(f.References, vuln.Reference{URL: url, Source: pick(people), Tags: []string{"Patch"}[:i%2]})
		}
	}
	for i := range rnd.IntN(8) {
		product := rnd.IntN(300)
		f.Criteria = append(f.Criteria, vuln.MatchCriteria{
			Configuration: i / 4, Node: i % 4 / 2, Operator: []string{"OR", "AND"}[i/4], Vulnerable: i%3 != 2,
			ID:                  fmt.Sprintf("%08X-0000-4000-8000-%012X", product, i%2),
			Criteria:            fmt.Sprintf(`cpe:2.3:a:vendor%d:pro\:duct%d:%d.0:*:*:*:*:*:*:*`, product%20, product, i%2),
			VersionEndExcluding: []string{"", "2.0"}[i%2],
		})
	}
	slices.Sort(f.SourceIdentifiers)
	f.SourceIdentifiers = slices.Compact(f.SourceIdentifiers)
}

// origin names the n-th archived file.
func origin(n int) store.Origin {
	return store.Origin{Source: "nvd-cve", Filename: fmt.Sprintf("run/file%d.json.gz", n), SHA256: fmt.Sprintf("%064x", n), Fetched: epoch.Add(time.Duration(n) * time.Hour)}
}

// apply applies records as one batch of the n-th file and fails the test when
// that fails.
func apply(t T, s store.Writer, n int, records ...vuln.Record) store.Outcome {
	t.Helper()
	o, err := s.Apply(t.Context(), &store.Batch{Origin: origin(n), Records: records})
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	return o
}
