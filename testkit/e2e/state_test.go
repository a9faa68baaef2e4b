package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/testkit/sim"
	"vulnmirror/vuln"
)

// history is every version held of every record: lastModified and a hash of
// the body, oldest first, by id.
type history map[string][]string

func version(body []byte, modified string) string {
	sum := sha256.Sum256(body)
	return modified + " " + hex.EncodeToString(sum[:8])
}

// history reads all versions out of the database.
func (d data) history(t *testing.T) history {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(d.dir, "vulnmirror.db"), sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	all := history{}
	for record, err := range st.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
		if err != nil {
			t.Fatal(err)
		}
		versions, err := st.Versions(t.Context(), vuln.KindCVE, record.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range versions {
			all[record.ID] = append(all[record.ID], version(v.Record.Body, vuln.FormatTime(v.Record.Modified)))
		}
	}
	return all
}

// export is the current body of every record, by id.
func (d data) export(t *testing.T) map[string]string {
	t.Helper()
	return byID(t, d.ok(t, "export", "nvd-cve"))
}

func byID(t *testing.T, ndjson string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(ndjson) {
		body := strings.TrimSuffix(line, "\n")
		rest, ok := strings.CutPrefix(body, `{"id":"`)
		id, _, closed := strings.Cut(rest, `"`)
		if !ok || !closed {
			t.Fatalf("a line of the export does not begin with an id: %.60s", body)
		}
		all[id] = body
	}
	return all
}

func truth(u *sim.Upstream) map[string]string {
	all := map[string]string{}
	for id, body := range u.Truth() {
		all[id] = string(body)
	}
	return all
}

// same fails the test when two states differ, and says where in a few lines.
func same[V any](t *testing.T, what string, want, got map[string]V) {
	t.Helper()
	var lines []string
	note := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for id, w := range want {
		g, ok := got[id]
		if !ok {
			note("%s is missing", id)
		} else if !reflect.DeepEqual(w, g) {
			note("%s differs:\n  want %.300v\n  got  %.300v", id, w, g)
		}
	}
	for id := range got {
		if _, ok := want[id]; !ok {
			note("%s ought not to be there", id)
		}
	}
	if len(lines) > 0 {
		t.Errorf("%s: %d of %d records differ, e.g.\n%s", what, len(lines), len(want), strings.Join(lines[:min(4, len(lines))], "\n"))
	}
}

// sound checks what users check: the archive is as its manifest says, and
// nothing differs from upstream.
func (d data) sound(t *testing.T) {
	t.Helper()
	for _, command := range [][]string{{"verify"}, {"audit", "nvd-cve"}} {
		if out := d.run(t, command...); out.status != 0 {
			t.Errorf("%s: exit status %d\n%s%s", command[0], out.status, tail(out.stdout), tail(out.stderr))
		}
	}
}
