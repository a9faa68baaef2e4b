package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/config"
	"vulnmirror/mirror"
)

// configured is an app with a configuration of these KEY=VALUE alone.
func configured(t *testing.T, sets ...string) *app {
	t.Helper()
	a := newApp(process{stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)})
	var err error
	if a.config, err = config.Load(config.Options{Dir: t.TempDir(), Sets: append(sets, "data="+t.TempDir())}); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestGroupsNameSourcesThereAre(t *testing.T) {
	a := configured(t)
	whole := map[string]bool{}
	for group := range groups {
		names, err := a.sourceNames([]string{group})
		if err != nil || len(names) != len(groups[group]) {
			t.Errorf("%s: %q, %v", group, names, err)
		}
		for _, name := range names {
			whole[name] = true
		}
	}
	// What asks an upstream of today is in a group, but for NVD's history; what
	// takes in files is in none that does.
	current, err := a.sourceNames([]string{groupAll})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range current {
		if !whole[name] && name != "nvd-cvehistory" {
			t.Errorf("%s is in no group", name)
		}
	}
	for _, name := range []string{"nvd-legacy", "import"} {
		if whole[name] || strings.Contains(strings.Join(current, " "), name) {
			t.Errorf("%s is in a group", name)
		}
	}
}

func TestSourceNames(t *testing.T) {
	a := configured(t, "sources=kev,enrichment,nvd-cve")
	for _, tc := range []struct {
		args, want []string
	}{
		{nil, []string{"kev", "epss", "nvd-cve"}},
		{[]string{"car"}, []string{"car"}},
		{[]string{"epss", "enrichment", "epss"}, []string{"epss", "kev"}},
	} {
		got, err := a.sourceNames(tc.args)
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v, %s", tc.args, err, diff)
		}
	}
	if _, err := a.sourceNames([]string{"kev", "Nosuch"}); err == nil || !strings.Contains(err.Error(), `"Nosuch"`) {
		t.Errorf("a source that nobody has: %v", err)
	}
}

func TestLocations(t *testing.T) {
	const note = "https://mirror.example.org/notes/{id}/"
	for _, tc := range []struct {
		name string
		sets []string
		want map[string]map[string]string
		fail string
	}{
		{name: "none", want: map[string]map[string]string{}},
		{
			name: "some", sets: []string{"sources.certcc.locations.note=" + note, "sources.kev.locations.github=https://example.org/kev.json"},
			want: map[string]map[string]string{"certcc": {"note": note}, "kev": {"github": "https://example.org/kev.json"}},
		},
		{name: "other keys are none", sets: []string{"sources.certcc.pass_on=true"}, want: map[string]map[string]string{}},
		{name: "unknown source", sets: []string{"sources.certc.pass_on=true"}, fail: "sources.certc: no source is called"},
		{name: "unknown address", sets: []string{"sources.certcc.locations.notes=" + note}, fail: "the addresses of certcc are called summary, month, note"},
	} {
		got, err := configured(t, tc.sets...).locations()
		if tc.fail != "" {
			if err == nil || !strings.Contains(err.Error(), tc.fail) {
				t.Errorf("%s: %v", tc.name, err)
			}
			continue
		}
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v, %s", tc.name, err, diff)
		}
	}
}

// TestEveryLocationCanBeMoved: each address of each source can be named in the
// configuration, under the name that sources prints.
func TestEveryLocationCanBeMoved(t *testing.T) {
	plain := configured(t)
	for _, src := range plain.sources() {
		info := src.Info()
		var sets []string
		for _, l := range info.Locations {
			sets = append(sets, "sources."+info.Name+".locations."+l.Name+"=https://mirror.example.org/"+l.Name)
		}
		moved, err := configured(t, sets...).locations()
		if err != nil {
			t.Errorf("%s: %v", info.Name, err)
			continue
		}
		for _, l := range info.Locations {
			if got := moved[info.Name][l.Name]; got != "https://mirror.example.org/"+l.Name {
				t.Errorf("%s: %s is asked for at %q", info.Name, l.Name, got)
			}
		}
	}
}

func TestMaxAge(t *testing.T) {
	a := configured(t, "source.max_age=2h", "sources.kev.max_age=30m")
	if kev, cwe := a.maxAge("kev"), a.maxAge("cwe"); kev != 30*time.Minute || cwe != 2*time.Hour {
		t.Errorf("kev %v, cwe %v", kev, cwe)
	}
}

func TestPassedOn(t *testing.T) {
	withheld := func(a *app) map[string]bool {
		out := map[string]bool{}
		for _, s := range a.archivedSources() {
			out[s.Name] = s.Withheld != ""
			src, err := mirror.Find(a.sources(), s.Name)
			if err != nil {
				t.Fatal(err)
			}
			if a.passedOn(src.Info()) == out[s.Name] {
				t.Errorf("%s is withheld %v, and passed on %v", s.Name, out[s.Name], a.passedOn(src.Info()))
			}
			if out[s.Name] && !strings.Contains(s.Withheld, "sources."+s.Name+".pass_on") {
				t.Errorf("%s does not say what to do: %s", s.Name, s.Withheld)
			}
		}
		return out
	}
	for name, is := range withheld(configured(t)) {
		if want := name == "certcc" || name == "epss" || strings.HasPrefix(name, "msrc"); is != want {
			t.Errorf("%s is withheld: %v", name, is)
		}
	}
	with := withheld(configured(t, "sources.epss.pass_on=true", "sources.cwe.pass_on=false"))
	if with["epss"] || !with["certcc"] || with["cwe"] {
		t.Errorf("with leave for epss withheld are %v", with)
	}
}

func TestRates(t *testing.T) {
	_, other, err := configured(t).rates()
	if err != nil || other != otherRate {
		t.Errorf("%v, %v", other, err)
	}
	rates, other, err := configured(t, "http.rate=7/1m", "nvd.rate=3/1s").rates()
	if err != nil || other.Requests != 7 || other.Window != time.Minute {
		t.Errorf("http.rate: %+v, %v", other, err)
	}
	if _, own := rates[githubHost]; own {
		t.Error("http.rate does not count for GitHub")
	}
	for host, r := range rates {
		if r.Requests != 3 || r.Window != time.Second {
			t.Errorf("nvd.rate: %s has %+v", host, r)
		}
	}
	for _, key := range []string{"http.rate", "nvd.rate"} {
		a := configured(t)
		a.config.HTTP.Rate, a.config.NVD.Rate = map[string]string{"http.rate": "often"}[key], map[string]string{"nvd.rate": "often"}[key]
		if _, _, err := a.rates(); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}
