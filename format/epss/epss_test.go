package epss_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/epss"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump spells out all there is to know of a document.
func dump(t *testing.T, document string) string {
	t.Helper()
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	r := epss.NewReader(strings.NewReader(document))
	for {
		body, err := r.Next()
		var single *epss.RecordError
		if errors.Is(err, io.EOF) {
			enc.Encode(r.Release())
			return out.String()
		}
		if err != nil && !errors.As(err, &single) {
			t.Fatal(err)
		}
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		record, err := epss.Decode(body)
		if err != nil {
			enc.Encode(err.Error())
			continue
		}
		enc.Encode(string(record.Body))
		record.Body = nil
		enc.Encode(record)
	}
}

func TestFiles(t *testing.T) {
	for _, day := range []string{"2021-04-14", "2021-09-01", "2022-02-04", "2026-09-21"} {
		t.Run(day, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + day + ".csv")
			if err != nil {
				t.Fatal(err)
			}
			got := dump(t, string(text))
			golden := "testdata/" + day + ".golden"
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
		})
	}
}

func TestTheDayOfOldFilesIsGiven(t *testing.T) {
	day := time.Date(2021, 4, 14, 0, 0, 0, 0, time.UTC)
	r := epss.NewReader(strings.NewReader("cve,epss\nCVE-2020-10001,0.5\n"))
	r.AssumeDate(day)
	body, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	record, err := epss.Decode(body)
	if err != nil || !record.Modified.Equal(day) || !r.Release().Date.Equal(day) {
		t.Errorf("%v of %s, %v", record.Modified, body, err)
	}
}

func TestWhatIsNoFileOfScoresIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"a page":      "<!DOCTYPE html>\n<title>Access Denied</title>",
		"nothing":     "",
		"other CSV":   "cve,score\nCVE-2020-10001,1\n",
		"a comment":   "#model_version:v1",
		"packed":      "\x1f\x8b\x08\x00",
		"a torn cell": "cve,epss\n\"CVE-2020-10001,0.5\n",
	} {
		var refused *epss.FormatError
		if _, err := epss.NewReader(strings.NewReader(document)).Next(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseID(t *testing.T) {
	if id, ok := epss.ParseID("2020-10001"); !ok || id != "CVE-2020-10001" {
		t.Error(id, ok)
	}
	if id, ok := epss.ParseID("spoon"); ok {
		t.Error(id)
	}
}

func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/2022-02-04.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		r := epss.NewReader(strings.NewReader(string(text)))
		for {
			body, err := r.Next()
			var single *epss.RecordError
			if errors.As(err, &single) {
				continue
			}
			if err != nil {
				return
			}
			if record, err := epss.Decode(body); err == nil && (record.ID == "" || !json.Valid(record.Body)) {
				t.Fatalf("%+v", record)
			}
		}
	})
}
