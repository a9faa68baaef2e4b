package publishers_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/certcc"
	"vulnmirror/format/certfr"
	"vulnmirror/format/epss"
	"vulnmirror/format/kev"
	"vulnmirror/format/msrc"
	"vulnmirror/testkit/sim/publishers"
	"vulnmirror/vuln"
)

const (
	addressKEV  = "www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
	addressTwin = "raw.githubusercontent.com/cisagov/kev-data/develop/known_exploited_vulnerabilities.json"
	addressEPSS = "epss.empiricalsecurity.com/epss_scores-"
	notes       = "kb.cert.org/vuls/api/"
	notices     = "www.cert.ssi.gouv.fr/"
	cvrf        = "api.msrc.microsoft.com/cvrf/v3.0/"
)

func TestKEV(t *testing.T) {
	worlds(t, "kev", func(t *testing.T, u *publishers.Upstream) {
		body := get(t, u, addressKEV)
		r := kev.NewReader(bytes.NewReader(body))
		records := decode(t, r.Next, kev.Decode)
		compare(t, u, vuln.KindKEV, records)
		if r.Release().Count != len(records) || !r.Release().Date.Equal(u.Now()) {
			t.Errorf("%+v of %d records", r.Release(), len(records))
		}
		if !bytes.Equal(body, get(t, u, addressTwin)) {
			t.Error("the two addresses differ")
		}
	})
}

func TestEPSS(t *testing.T) {
	worlds(t, "epss", func(t *testing.T, u *publishers.Upstream) {
		body := unzip(t, get(t, u, addressEPSS+"current.csv.gz"))
		compare(t, u, vuln.KindEPSS, decode(t, epss.NewReader(bytes.NewReader(body)).Next, epss.Decode))
		if !bytes.Equal(body, unzip(t, get(t, u, addressEPSS+u.Now().Format(time.DateOnly)+".csv.gz"))) {
			t.Error("the current file is not today's")
		}
		for _, day := range []string{"2021-04-14", "2021-09-01", "2022-02-04", u.Now().AddDate(0, 0, -2).Format(time.DateOnly)} {
			r := epss.NewReader(bytes.NewReader(unzip(t, get(t, u, addressEPSS+day+".csv.gz"))))
			at, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			r.AssumeDate(at)
			decode(t, r.Next, epss.Decode)
			if r.Release().Date.Format(time.DateOnly) != day {
				t.Errorf("the file of %s is of %s", day, r.Release().Date)
			}
		}
		if ask(u, addressEPSS+"2021-04-23.csv.gz").StatusCode != http.StatusNotFound {
			t.Error("there is a file of a day that has none")
		}
	})
}

func TestCERTCC(t *testing.T) {
	worlds(t, "certcc", func(t *testing.T, u *publishers.Upstream) {
		var ids []string
		var byMonth, whole []vuln.Record
		for year := 2000; year <= u.Now().Year(); year++ {
			listed, err := certcc.ParseSummary(bytes.NewReader(get(t, u, fmt.Sprintf("%s%d/summary/", notes, year))))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, listed...)
			for month := 1; month <= 12; month++ {
				r := certcc.NewReader(bytes.NewReader(get(t, u, fmt.Sprintf("%s%d/%d/", notes, year, month))))
				byMonth = append(byMonth, decode(t, r.Next, certcc.Decode)...)
			}
		}
		compare(t, u, vuln.KindCERTCC, byMonth)
		for _, id := range ids {
			number := strings.TrimPrefix(id, "VU#")
			note := get(t, u, notes+number+"/")
			for path, name := range map[string]string{"vuls/": certcc.Vulnerabilities, "vendors/": certcc.Vendors, "vendors/vuls/": certcc.Statuses} {
				answer := get(t, u, notes+number+"/"+path)
				if !bytes.Equal(answer, get(t, u, notes+path+number+"/")) {
					t.Errorf("%s of %s differs by address", path, id)
				}
				var err error
				if note, err = certcc.Attach(note, name, answer); err != nil {
					t.Fatal(err)
				}
			}
			whole = append(whole, decode(t, certcc.NewReader(bytes.NewReader(note)).Next, certcc.Decode)...)
		}
		compare(t, u, vuln.KindCERTCC, whole)
		if said := get(t, u, notes+"999999/"); !bytes.Contains(said, []byte(`"error"`)) {
			t.Errorf("a note that is not there: %s", said)
		}
		if said := get(t, u, notes+"vuls/cve/2021-44228/"); !bytes.Contains(said, []byte("VU#930724")) {
			t.Errorf("%.100s", said)
		}
		updates(t, u, ids)
	})
}

// updates walks the list of updates, which has every note, edited last first.
func updates(t *testing.T, u *publishers.Upstream, ids []string) {
	t.Helper()
	var seen []string
	var last time.Time
	for page := 1; ; page++ {
		answer := ask(u, fmt.Sprintf("kb.cert.org/vuls/byupdate/desc/?page=%d", page))
		if answer.StatusCode == http.StatusNotFound {
			break
		}
		rows, err := certcc.ParseUpdates(answer.Body)
		if err != nil {
			t.Fatalf("page %d: %v", page, err)
		}
		for _, row := range rows {
			if !last.IsZero() && row.Updated.After(last) {
				t.Errorf("%s is out of order", row.ID)
			}
			last = row.Updated
			seen = append(seen, row.ID)
		}
	}
	slices.Sort(seen)
	slices.Sort(ids)
	if diff := cmp.Diff(ids, seen); diff != "" {
		t.Errorf("-summaries +updates:\n%s", diff)
	}
}

func TestCERTFR(t *testing.T) {
	worlds(t, "certfr", func(t *testing.T, u *publishers.Upstream) {
		var records, converted []vuln.Record
		years := map[string]bool{}
		for _, section := range []string{"avis", "alerte"} {
			index := certfr.NewIndex(bytes.NewReader(get(t, u, notices+section+"/json/")))
			for {
				entry, err := index.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				document := get(t, u, strings.TrimPrefix(entry.URL, "https://"))
				record := decode(t, certfr.NewReader(bytes.NewReader(document)).Next, certfr.Decode)[0]
				if !record.Modified.Equal(entry.Time()) {
					t.Errorf("%s was revised %s, the index says %s", entry.ID, record.Modified, entry.Time())
				}
				records = append(records, record)
			}
		}
		compare(t, u, vuln.KindCERTFR, records)
		for _, r := range records {
			if year := strings.Split(r.ID, "-")[1]; !years[year] {
				years[year] = true
				tar := get(t, u, notices+"tar/"+year+".tar")
				converted = append(converted, decode(t, certfr.NewArchiveReader(bytes.NewReader(tar)).Next, certfr.Decode)...)
			}
		}
		compare(t, u, vuln.KindCERTFR, converted)
	})
}

func TestMSRC(t *testing.T) {
	worlds(t, "msrc", func(t *testing.T, u *publishers.Upstream) {
		index := msrc.NewIndex(bytes.NewReader(get(t, u, cvrf+"updates", "Accept", "application/json")))
		var vulnerabilities []vuln.Record
		updates, merged := map[string]vuln.Record{}, 0
		for {
			line, err := index.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			document := get(t, u, cvrf+"cvrf/"+line.ID, "Accept", "application/xml")
			if !bytes.HasPrefix(document, []byte("\ufeff<?xml")) {
				t.Errorf("%s begins %.20q", line.ID, document)
			}
			r := msrc.NewReader(bytes.NewReader(document))
			for _, record := range decode(t, r.Next, msrc.Decode) {
				if record.Kind == vuln.KindMSRC {
					vulnerabilities = append(vulnerabilities, record)
					continue
				}
				if held, ok := updates[record.ID]; ok {
					merged++
					record = merge(t, held, record)
				}
				updates[record.ID] = record
			}
			if r.Release().ID != line.ID || !r.Release().Date.Equal(line.Time()) {
				t.Errorf("the index says %+v, the document %+v", line, r.Release())
			}
		}
		compare(t, u, vuln.KindMSRC, vulnerabilities)
		compare(t, u, vuln.KindMSKB, slices.Collect(maps.Values(updates)))
		if merged == 0 {
			t.Error("no two documents speak of one update")
		}
		if status := ask(u, cvrf+"cvrf/2021-Dec", "Accept", "application/json").StatusCode; status != http.StatusBadRequest {
			t.Errorf("a document in JSON: %d", status)
		}
		get(t, u, cvrf+"updates('2021-Dec')")
	})
}

// merge puts together what two documents say of an update.
func merge(t *testing.T, held, fresh vuln.Record) vuln.Record {
	t.Helper()
	body, err := msrc.Merge(held.Body, fresh.Body)
	if err != nil {
		t.Fatal(err)
	}
	out, err := msrc.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
