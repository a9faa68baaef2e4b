package config

import (
	"strings"
	"testing"
	"time"
)

func TestKeysOfOneSource(t *testing.T) {
	file := write(t, t.TempDir(), "a.yaml", `
sources:
  enabled: [nvd-cve, cwe]
  certcc:
    max_age: 7d
    locations:
      note: https://mirror.example/{id}/
  msrc-csv:
    pass_on: true
`)
	l := load(t, Options{File: file, Sets: []string{"sources.certcc.locations.note=https://other.example/{id}"}})
	if got := strings.Join(l.Sources, " "); got != "nvd-cve cwe" {
		t.Errorf("sources are %q", got)
	}
	if own := l.Of("certcc"); own.MaxAge != 7*24*time.Hour || *own.Locations["note"] != "https://other.example/{id}" || own.PassOn {
		t.Errorf("certcc: %+v", own)
	}
	if !l.Of("msrc-csv").PassOn || l.Of("kev").MaxAge != 0 {
		t.Error("other sources have other values")
	}
	shown := map[string]string{}
	for _, v := range l.Values() {
		shown[v.Key.Name] = v.Text + " " + v.Origin.String()
	}
	if got := shown["sources.certcc.locations.note"]; got != "https://other.example/{id} --set" {
		t.Errorf("the location is shown as %q", got)
	}
	if got := shown["sources.certcc.max_age"]; !strings.HasPrefix(got, "7d ") || !strings.Contains(got, "a.yaml:5") {
		t.Errorf("the age is shown as %q", got)
	}
}

func TestKeysOfOneSourceRefused(t *testing.T) {
	for text, want := range map[string]string{
		"sources.certcc.maxage=7d":                "sources.certcc.maxage",
		"sources.certcc.max_age=soon":             "not a duration",
		"sources.certcc.locations=x":              "no such key",
		"sources.certcc.locations.note=somewhere": "it must be a URL",
		"sources..max_age=1d":                     "no such key",
		"sources.a.locations.b.c=https://x.org":   "no such key",
	} {
		if _, err := Load(Options{Sets: []string{text}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	file := write(t, t.TempDir(), "a.yaml", "sources:\n  certcc:\n    locations: https://x.org\n")
	if _, err := Load(Options{File: file}); err == nil || !strings.Contains(err.Error(), "a.yaml:3") {
		t.Errorf("a section that is a value: %v", err)
	}
}

func TestFeedsBeginIn2002(t *testing.T) {
	if _, err := Load(Options{Sets: []string{"nvd.years=2001-2003"}}); err == nil || !strings.Contains(err.Error(), "holds the older records too") {
		t.Errorf("nvd.years=2001-2003: %v", err)
	}
	load(t, Options{Sets: []string{"certfr.years=2000-2003"}})
}
