package msrc_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/source"
	"vulnmirror/source/msrc"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden file anew")

var settings = msrc.Settings{}

// decoded is a record as the golden file shows it, or why there is none.
type decoded struct {
	vuln.Record
	Body    string
	Refused string `json:",omitempty"`
}

func TestDecodeGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/2024-Feb.xml")
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{"RUN/cvrf/2024-Feb": {Data: text}, "RUN/updates.json": {Data: []byte(`{"value":[]}`)}}
	var all []decoded
	for record, err := range msrc.New(settings).Decode(tree, "RUN/cvrf/2024-Feb") {
		d := decoded{Record: record, Body: string(record.Body)}
		var refused *source.Refused
		if errors.As(err, &refused) {
			d.Refused = refused.Error()
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	got, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("testdata/2024-Feb.golden", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/2024-Feb.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
	for r, err := range msrc.New(settings).Decode(tree, "RUN/updates.json") {
		t.Errorf("the index has a record: %+v, %v", r, err)
	}
}

func TestDecodeDamage(t *testing.T) {
	tree := fstest.MapFS{"RUN/cvrf/2024-Feb": {Data: []byte(document("2024-Feb", "", first)[:900])}}
	var last error
	for _, err := range msrc.New(settings).Decode(tree, "RUN/cvrf/2024-Feb") {
		last = err
	}
	var refused *source.Refused
	if last == nil || errors.As(last, &refused) {
		t.Errorf("%v", last)
	}
}
