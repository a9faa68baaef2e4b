package location_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/location"
)

func none(string) string { return "" }

func TestParseAndName(t *testing.T) {
	for text, want := range map[string]string{
		"sqlite:data/v.db":                             "data/v.db",
		"sqlite:///var/lib/v.db":                       "/var/lib/v.db",
		"postgres://mirror:hidden@db.example:5433/nvd": "PostgreSQL database nvd on db.example:5433",
		"mongodb://mirror:hidden@db.example/":          "MongoDB database nvd on db.example",
	} {
		at, err := location.Parse(text, none)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for _, got := range []string{at.String(), fmt.Sprint(at), fmt.Sprintf("%#v", at), fmt.Sprintf("%+v", at)} {
			if !strings.HasPrefix(got, want) || strings.Contains(got, "hidden") {
				t.Errorf("%s is named %q, want %q", text, got, want)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "data/v.db", "sqlite:", "mysql://u:hidden@h/d", "postgres://u:hid%zzden@h/d"} {
		if at, err := location.Parse(text, none); err == nil || strings.Contains(err.Error(), "hid") {
			t.Errorf("%q: %v, error %v", text, at, err)
		}
	}
}

func TestVariablesFillIn(t *testing.T) {
	environ := func(name string) string { return map[string]string{"DB_HOST": "db.example", "DB_NAME": "nvd"}[name] }
	at, err := location.Parse("postgres://", environ)
	if err != nil || !strings.Contains(at.String(), "nvd on db.example") {
		t.Errorf("%v, error %v", at, err)
	}
}

func TestSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "v.db")
	at := location.SQLite(path)
	if at.Path() != path {
		t.Errorf("path %q", at.Path())
	}
	if _, err := at.Open(t.Context(), location.Options{ReadOnly: true}); !errors.Is(err, store.ErrNoMirror) {
		t.Errorf("before there is one: error %v", err)
	}
	if _, ok, err := at.Script(location.Setup{}); ok || err != nil {
		t.Errorf("a file is made by a script: error %v", err)
	}
	made, err := at.Init(t.Context(), location.Options{}, location.Setup{})
	if err != nil || len(made) != 1 {
		t.Fatalf("made %q, error %v", made, err)
	}
	st, err := at.Open(t.Context(), location.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}
