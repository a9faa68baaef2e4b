package feeds

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
)

// A database gives the same files as the records in memory that other tests
// build from.
func TestOverSQLite(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	m := newMirror(t, sample...)
	h := New(db, Options{Dir: t.TempDir(), Now: func() time.Time { return m.now }, Logger: slog.New(slog.DiscardHandler)})
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	if got := get(atNVD + "2002.meta").Code; got != 503 {
		t.Errorf("before the first load: %d", got)
	}
	if _, err := db.Apply(t.Context(), &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: "f"}, Records: sample}); err != nil {
		t.Fatal(err)
	}
	if err := db.SetSource(t.Context(), store.SourceState{Source: "nvd-cve", Completed: m.now}); err != nil {
		t.Fatal(err)
	}
	compare := func() {
		t.Helper()
		for _, path := range []string{
			atNVD + "2002.meta", atNVD + "2002.json.gz", atNVD + "2003.json.zip", atNVD + "2004.meta", atNVD + "2004.json.gz",
			atNVD + "modified.meta", atNVD + "modified.json.gz", atNVD + "recent.json.gz", atCheck + "cache.properties",
		} {
			if got := get(path); got.Code != 200 || !bytes.Equal(got.Body.Bytes(), m.get(path)) {
				t.Errorf("%s: %d, or not as from memory", path, got.Code)
			}
		}
	}
	compare()
	late := cve("CVE-2003-0008", "2004-05-28T00:00:00.000", "2004-05-28T00:00:00.000")
	m.store.put(late)
	if _, err := db.Apply(t.Context(), &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: "g"}, Records: append(sample[:0:0], late)}); err != nil {
		t.Fatal(err)
	}
	compare()
}
