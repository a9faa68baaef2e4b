package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// proseKinds are kinds that are none of NVD's, with the identifiers that the
// records of Prose have.
var proseKinds = []struct {
	kind vuln.Kind
	id   string
}{
	{vuln.KindCWE, "CWE-%d"},
	{vuln.KindATTACK, "T%04d.001"},
	{vuln.KindEPSS, "CVE-2024-%04d"},
	{vuln.KindMSRC, "CVE-2024-%04d"},
	{vuln.KindD3FEND, "d3f:Thing%d"},
	{vuln.KindCERTCC, "VU#%d"},
}

// Prose makes n records of kinds that are none of NVD's, the same for the same
// seed: with titles, texts that are not in the bodies, and links between them, to
// CVE records and to what nobody holds.
func Prose(n int, seed uint64) []vuln.Record {
	rnd := rand.New(rand.NewPCG(seed, 4))
	ref := func() (vuln.Kind, string) {
		i := rnd.IntN(n + n/4) // some are not there
		k := proseKinds[i%len(proseKinds)]
		if rnd.IntN(5) == 0 {
			return vuln.KindCVE, fmt.Sprintf("CVE-2024-%04d", i)
		}
		return k.kind, fmt.Sprintf(k.id, i)
	}
	out := make([]vuln.Record, 0, n)
	for i := range n {
		k := proseKinds[i%len(proseKinds)]
		out = append(out, entry(k.kind, fmt.Sprintf(k.id, i), func(r *vuln.Record) {
			r.Published = epoch.Add(time.Duration(rnd.IntN(9)) * time.Hour)
			r.Modified = r.Published.Add(time.Duration(rnd.IntN(50)) * time.Hour)
			r.Status = []string{"Stable", "Draft", "Deprecated"}[rnd.IntN(3)]
			if r.Title = fmt.Sprintf("The %s of \"it's\" № %d", lexicon[rnd.IntN(len(lexicon))], i); i%7 == 6 {
				r.Title = ""
			}
			r.Facts.Aliases = []string{fmt.Sprintf("Alias-%d", i), uuid(6, i)}[:rnd.IntN(3)]
			for range rnd.IntN(3) {
				value := ""
				for range 3 + rnd.IntN(9) {
					value += lexicon[rnd.IntN(len(lexicon))] + " "
				}
				r.Text = append(r.Text, vuln.Text{Lang: "en", Value: value})
			}
			for range rnd.IntN(5) {
				kind, id := ref()
				r.Facts.Links = append(r.Facts.Links, vuln.Link{Kind: kind, ID: id, Rule: []string{"Related", "ChildOf", ""}[rnd.IntN(3)]})
			}
			r.Body = fmt.Appendf(nil, `{"@ID":%q,"Version":%d,"Links":%q,"Modified":%q}`, r.ID, rnd.IntN(99), fmt.Sprint(r.Facts.Links), vuln.FormatTime(r.Modified))
		}))
	}
	return out
}

// proseFilters are queries about records of Prose.
func proseFilters() []store.Query {
	var out []store.Query
	for _, kind := range []vuln.Kind{vuln.KindCWE, vuln.KindEPSS, vuln.KindMSRC} {
		for _, q := range []store.Query{
			{},
			{Order: store.ByID, Offset: 2, Limit: 3},
			{Order: store.ByModifiedDesc, Limit: 4},
			{Modified: store.Span{From: epoch.Add(3 * time.Hour), To: epoch.Add(20 * time.Hour)}},
			{NotStatuses: []string{"Stable"}},
			{IDs: []string{"CWE-6", "cwe-0", "CVE-2024-0002", "CVE-2024-0008", "CVE-2024-0009", "none"}},
			{Aliases: []string{"alias-6", "ALIAS-2", uuid(6, 8), uuid(6, 9)}},
			{LinksTo: &vuln.Link{Kind: vuln.KindCWE, ID: "CWE-6"}},
			{LinksTo: &vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2024-0003"}},
			{Words: []string{"over", "remo"}},
			{Words: []string{"núñez"}, Statuses: []string{"Stable", "Draft"}},
			{Phrase: "buffer overflow"},
			{Phrase: "code", LinksTo: &vuln.Link{Kind: vuln.KindATTACK, ID: "T0001.001"}},
			{CWE: "CWE-79"},
		} {
			q.Kind = kind
			out = append(out, q)
		}
	}
	return out
}

// checkProse: records of these kinds are returned as they came, and of what was
// replaced nothing is found any more.
func checkProse(t trial, s store.Store) {
	n := t.size(120, 36)
	before, after := Prose(n, 21), Prose(n, 22)
	for i := range after {
		after[i].Modified = before[i].Modified.Add(time.Hour)
	}
	var large strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&large, `,{"Cpe":"cpe:2.3:a:v:p:%d:*:*:*:*:*:*:*","Note":"%x"}`, i, i*i)
	}
	after = append(after,
		entry(vuln.KindMSRC, "CVE-2031-0001", body(`{"ProductStatuses":[0`+large.String()+`]}`), text(large.String()[:5_000])),
		entry(vuln.KindCERTFR, "CERTFR-2024-AVI-0001", body("{\"a\":1.0,\"a\":\"\\u00e9\\/\U0001F600\"}"), func(r *vuln.Record) {
			r.Title, r.Published, r.Modified = "Multiples vulnérabilités\r\n\tdans <Å> % _ \\ ' \U0001F600", time.Time{}, time.Time{}
		}))
	apply(t, s, 1, before...)
	apply(t, s, 2, after...)
	for i := range after {
		want := after[i]
		same(t, "Get "+want.ID, mustGet(t, s, want.Kind, want.ID), want)
		listed := 0
		for r, err := range s.List(t.Context(), store.Query{Kind: want.Kind, IDs: []string{want.ID}}) {
			if err != nil {
				t.Fatalf("List: %v", err)
			}
			listed++
			same(t, "List "+want.ID, r, want)
		}
		if listed != 1 {
			t.Errorf("%s is listed %d times", want.ID, listed)
		}
	}
	for _, q := range proseFilters() {
		compare(t, s, after, q)
	}
	if o := apply(t, s, 3, after...); o.Unchanged != len(after) {
		t.Errorf("applied again: %+v", o)
	}
}

// checkProseScores: what others give a CVE is not what its record has.
func checkProseScores(t trial, s store.Store) {
	scored := func(base float64, severity string) change {
		return func(r *vuln.Record) {
			r.Facts.Scores = []vuln.Score{{Version: "3.1", Scorer: r.Source, Type: "Primary", Base: base, Severity: severity, Vector: "CVSS:3.1/AV:N"}}
			r.Facts.Best = vuln.BestScore(r.Facts.Scores)
		}
	}
	records := []vuln.Record{
		record(2024, 1, scored(9.8, "CRITICAL")),
		entry(vuln.KindMSRC, "CVE-2024-0001", scored(2.1, "LOW")),
		entry(vuln.KindMSRC, "CVE-2024-0002", scored(7.5, "HIGH")),
		record(2024, 2, scored(7.4, "HIGH")),
	}
	check := func() {
		t.Helper()
		for _, severity := range []string{"LOW", "HIGH", "CRITICAL"} {
			compare(t, s, records, store.Query{Kind: vuln.KindCVE, CVSS: &store.CVSSFilter{Severity: severity}})
		}
	}
	apply(t, s, 1, records...)
	check()
	records[1] = entry(vuln.KindMSRC, "CVE-2024-0001", scored(3.3, "LOW"), body(`{"again":true}`))
	apply(t, s, 2, records...)
	check()
}

// checkProsePhrases: phrases are found in the texts of a record, whatever its
// body looks like.
func checkProsePhrases(t trial, s store.Store) {
	long := strings.Repeat("filler words of a long text, ", 500)
	texts := [][]string{
		{"The product does not neutralize user-controllable input"},
		{"user controllable", "input"},
		{"Input, (user) controllable!"},
		{"input input user"},
		{"The STRASSE of Núñez: 任意代码 runs", "code 7-Zip"},
		{long + "at the end of it"},
		{""},
		nil,
	}
	phrases := []string{
		"user controllable input", "user controllable", "controllable input", "input user", "input input", "input input input",
		"controllable", "USER-controllable", "strasse of nunez", "núñez 任意代码", "7 zip", "runs code", "text filler", "end of it", "the end", "of", "it at", "!?", "\ue000",
	}
	var records []vuln.Record
	for i, values := range texts {
		for _, kind := range []vuln.Kind{vuln.KindCWE, vuln.KindEPSS, vuln.KindNVDSource} {
			r := entry(kind, fmt.Sprint("it-", i), text(values...))
			if kind != vuln.KindNVDSource {
				r.Body = fmt.Appendf(nil, `{"description":%d}`, i)
			}
			records = append(records, r)
		}
	}
	check := func() {
		t.Helper()
		for _, p := range phrases {
			for _, kind := range []vuln.Kind{vuln.KindCWE, vuln.KindEPSS, vuln.KindNVDSource} {
				compare(t, s, records, store.Query{Kind: kind, Phrase: p})
			}
			compare(t, s, records, store.Query{Kind: vuln.KindCWE, Words: []string{p}})
		}
	}
	apply(t, s, 1, records...)
	check()
	for i := range records { // each has the text of another
		r := &records[i]
		r.Modified = r.Modified.Add(time.Hour)
		r.Text = nil
		for _, v := range texts[(i/3+1)%len(texts)] {
			r.Text = append(r.Text, vuln.Text{Lang: "en", Value: v})
		}
		if r.Kind == vuln.KindNVDSource {
			r.Body = entryBody(r)
		}
	}
	apply(t, s, 2, records...)
	check()
}
