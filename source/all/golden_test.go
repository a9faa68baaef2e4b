package all

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/source"
	"vulnmirror/vuln"
)

// decoded is a record as golden files show it, or why there is none.
type decoded struct {
	vuln.Record
	Body    string
	Refused string `json:",omitempty"`
}

// TestDecodeGolden decodes the page that a source has beside its code and
// compares the records with testdata/page.golden.
func TestDecodeGolden(t *testing.T) {
	for _, src := range New(Config{}) {
		t.Run(src.Info().Name, func(t *testing.T) {
			folder := filepath.Join("..", filepath.Base(reflect.TypeOf(src).Elem().PkgPath()), "testdata")
			const page, golden = "page.json", "page.golden"
			if _, err := os.Stat(filepath.Join(folder, page)); err != nil {
				t.Skip("it has no page to decode: ", err)
			}
			got := decodeAll(t, src, folder, page)
			path := filepath.Join(folder, golden)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got); `go test ./source/all -update` writes it anew:\n%s", path, diff)
			}
		})
	}
}

func decodeAll(t *testing.T, src source.Source, folder, name string) []byte {
	t.Helper()
	var all []decoded
	for record, err := range src.Decode(os.DirFS(folder), name) {
		d := decoded{Record: record, Body: string(record.Body)}
		var refused *source.Refused
		if errors.As(err, &refused) {
			d.Refused = refused.Error()
		} else if err != nil {
			t.Fatal(err)
		}
		if record.Source != src.Info().Name || err == nil && record.Kind != src.Info().Kind {
			t.Errorf("%s is of source %q and kind %q", record.ID, record.Source, record.Kind)
		}
		all = append(all, d)
	}
	data, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}
