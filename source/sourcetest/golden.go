package sourcetest

import (
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/vuln"
)

// Golden compares the records of the subject's world with a file, which it writes
// anew when update is set.
func Golden(t *testing.T, s Subject, name string, update bool) {
	t.Helper()
	u := serve(t, s.Upstream)
	m := newMirror(t, s)
	m.mustFetch(u.client(t))
	got := render(t, m.mustDecode())
	if update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); -update writes it anew:\n%s", name, diff)
	}
}

// shown is a record as golden files show it.
type shown struct {
	vuln.Record
	Body string
}

func render(t *testing.T, records map[key]vuln.Record) []byte {
	t.Helper()
	var all []shown
	for _, r := range records {
		all = append(all, shown{r, string(r.Body)})
	}
	slices.SortFunc(all, func(a, b shown) int {
		if c := strings.Compare(string(a.Kind), string(b.Kind)); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	data, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// Sub is the world below a folder of another, such as what a later one has that
// an earlier one lacks.
func Sub(t *testing.T, world fs.FS, folder string) fs.FS {
	t.Helper()
	sub, err := fs.Sub(world, folder)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}
