package certfr_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/certfr"
)

var update = flag.Bool("update", false, "write the golden files anew")

type reader interface{ Next() ([]byte, error) }

// dump spells out all there is to know of documents.
func dump(t *testing.T, r reader) string {
	t.Helper()
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	for {
		body, err := r.Next()
		var single *certfr.RecordError
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil && !errors.As(err, &single) {
			t.Fatal(err)
		}
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		record, err := certfr.Decode(body)
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		if record.Converted {
			enc.Encode(string(record.Body))
		}
		record.Body = nil
		enc.Encode(record)
	}
}

// archive packs the TXT documents of testdata, and files that are none.
func archive(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	add := func(name string, text []byte) {
		w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg})
		w.Write(text)
	}
	for _, name := range []string{"new", "old"} {
		text, err := os.ReadFile("testdata/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		add("2004/"+name+".txt", text)
	}
	add("2004/CERTA-2004-AVI-002.txt", []byte("Objet: Sans référence\n"))
	add("2004/CERTA-2004-AVI-002.pdf", []byte("%PDF"))
	add("2004/CERTA-2004-AVI-003.txt", []byte("<html>"))
	add("2004/readme.txt", []byte("Rien."))
	add("2004/a.json", []byte(`{"reference": "CERTA-2004-AVI-004", "title": "JSON"}`))
	add("2004/b.json", []byte(`<html>`))
	w.Close()
	return out.Bytes()
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestJSON(t *testing.T) {
	text, err := os.ReadFile("testdata/avis.json")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "testdata/avis.golden", dump(t, certfr.NewReader(bytes.NewReader(text))))
}

func TestArchive(t *testing.T) {
	compare(t, "testdata/archive.golden", dump(t, certfr.NewArchiveReader(bytes.NewReader(archive(t)))))
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	var refused *certfr.FormatError
	for _, document := range []string{"<!DOCTYPE html>", "", `{"error":"busy"}`, `[{"reference":"CERTFR-2024-AVI-0001"`} {
		if _, err := certfr.NewReader(strings.NewReader(document)).Next(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", document, err)
		}
	}
	whole := archive(t)
	for name, document := range map[string][]byte{
		"a page":    []byte("<!DOCTYPE html>" + strings.Repeat("<p>Not Found</p>", 100)),
		"nothing":   nil,
		"cut short": whole[:700],
	} {
		if _, err := certfr.NewArchiveReader(bytes.NewReader(document)).Next(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIndex(t *testing.T) {
	x := certfr.NewIndex(strings.NewReader(`[{"reference":"CERTFR-2024-AVI-0001","title":"Tiroir","last_revision_date":"2024-01-03T00:00:00.000000","json_url":"https://www.cert.ssi.gouv.fr/avis/CERTFR-2024-AVI-0001/json/"},{"reference":"four"},{"reference":3}]`))
	got, err := x.Next()
	want := certfr.Entry{ID: "CERTFR-2024-AVI-0001", Title: "Tiroir", Revised: "2024-01-03T00:00:00.000000", URL: "https://www.cert.ssi.gouv.fr/avis/CERTFR-2024-AVI-0001/json/"}
	if got != want || err != nil || !got.Time().Equal(time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, %v", got, err)
	}
	for i := 1; i < 3; i++ {
		var single *certfr.RecordError
		if got, err := x.Next(); !errors.As(err, &single) || single.Position != i {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := x.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestParseID(t *testing.T) {
	for text, want := range map[string]string{
		"CERTFR-2024-AVI-0001": "CERTFR-2024-AVI-0001", "certfr-2024-avi-1": "CERTFR-2024-AVI-0001", "CERTFR-2024-AVI-847": "CERTFR-2024-AVI-0847",
		"CERTFR-2022-AVI-0012": "CERTFR-2022-AVI-012", "CERTFR-2022-AVI-1125": "CERTFR-2022-AVI-1125", "CERTFR-2024-ALE-1": "CERTFR-2024-ALE-001",
		"CERTA-2009-AVI-21": "CERTA-2009-AVI-021", "2009-AVI-021": "CERTA-2009-AVI-021", "2014-ale-2": "CERTFR-2014-ALE-002",
		" CERTFR\u20112024\u2011AVI\u20110001 ": "CERTFR-2024-AVI-0001", "CERTFR 2024 AVI 0001": "CERTFR-2024-AVI-0001",
		"": "", "CERTFR-2024-AVI-0": "", "CERTFR-24-AVI-1": "", "CVE-2024-0001": "", "CERTFR-2024-AVI-123456": "",
	} {
		if id, ok := certfr.ParseID(text); id != want || ok != (want != "") {
			t.Errorf("ParseID(%q) = %q, %v", text, id, ok)
		}
	}
	if got := certfr.Section("CERTFR-2024-ALE-001") + certfr.Section("CERTA-2009-AVI-001") + certfr.Section("CERTFR-2024-XXX-001") + certfr.Section("four"); got != "alerteavis" {
		t.Error(got)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"avis.json", "new.txt", "old.txt"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(archive(f))
	f.Fuzz(func(t *testing.T, text []byte) {
		decode := func(body []byte) {
			if record, err := certfr.Decode(body); err == nil && (record.ID == "" || !json.Valid(record.Body)) {
				t.Fatalf("%+v", record)
			}
		}
		if body, err := certfr.FromTXT(text, "x"); err == nil {
			if _, err := certfr.Decode(body); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
		}
		for _, r := range []reader{certfr.NewReader(bytes.NewReader(text)), certfr.NewArchiveReader(bytes.NewReader(text))} {
			for {
				body, err := r.Next()
				var single *certfr.RecordError
				if errors.As(err, &single) {
					continue
				}
				if err != nil {
					break
				}
				decode(body)
			}
		}
	})
}
