package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, o Options) *Loaded {
	t.Helper()
	l, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDefaultsAreValidAndAsPromised(t *testing.T) {
	l := load(t, Options{})
	if l.Data != "./data" || l.NVD.Method != "auto" || l.NVD.Overlap != 2*time.Hour ||
		l.HTTP.Attempts != 8 || l.Lock.Wait != 10*time.Minute || l.Serve.Listen != "127.0.0.1:8080" {
		t.Errorf("unexpected defaults: %+v", l.Config)
	}
	if diff := cmp.Diff([]string{"nvd-cve", "nvd-cpe", "nvd-cpematch", "nvd-source"}, l.Sources); diff != "" {
		t.Error(diff)
	}
	for _, v := range l.Values() {
		if v.Origin.Kind != FromDefault {
			t.Errorf("%s comes from %v", v.Key.Name, v.Origin)
		}
	}
}

func TestEachLayerOverridesTheOneBefore(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, FileName, "nvd:\n  years: 2002-2004\n  method: feeds\n  plan: quarters\nhttp:\n  attempts: 3\ndata: fromfile\n")
	l := load(t, Options{
		Dir: dir,
		Environ: []string{
			"VULNMIRROR_NVD_METHOD=api", "VULNMIRROR_DATA=fromenv", "VULNMIRROR_HTTP_ATTEMPTS=4",
			"VULNMIRROR_LOCK_WAIT=",
		},
		Flags: []Flag{{"--data", "data", "fromflag"}, {"--attempts", "http.attempts", "5"}},
		Sets:  []string{"http.attempts=6", "http.attempts=7"},
	})
	got := map[string]string{}
	for _, v := range l.Values() {
		if v.Origin.Kind != FromDefault {
			got[v.Key.Name] = v.Text + " from " + v.Origin.String()
		}
	}
	want := map[string]string{
		"nvd.years":     "2002-2004 from " + file + ":2:10",
		"nvd.plan":      "quarters from " + file + ":4:9",
		"nvd.method":    "api from env VULNMIRROR_NVD_METHOD",
		"data":          "fromflag from --data",
		"http.attempts": "7 from --set",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if l.File != file {
		t.Errorf("File = %q", l.File)
	}
}

func TestWhichFileIsRead(t *testing.T) {
	dir, user := t.TempDir(), t.TempDir()
	named := write(t, t.TempDir(), "other.yaml", "data: named")
	o := Options{Dir: dir, UserDir: user}
	expect := func(want string) {
		t.Helper()
		if got := load(t, o).Data; got != want {
			t.Errorf("data = %q, want %q", got, want)
		}
	}
	expect("./data")
	write(t, user, "vulnmirror/"+FileName, "data: user")
	expect("user")
	write(t, dir, FileName, "data: working")
	expect("working")
	o.Environ = []string{"VULNMIRROR_CONFIG=" + named}
	expect("named")
	o.File = write(t, t.TempDir(), "flag.yaml", "data: flag")
	expect("flag")
	o.File = filepath.Join(dir, "absent.yaml")
	if _, err := Load(o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a named file that is absent: %v", err)
	}
}

func TestProblemsNameTheirPlaceAndTheWayOut(t *testing.T) {
	for _, test := range []struct {
		name, yaml string
		env, sets  []string
		want       []string // one per problem, in order
	}{
		{name: "misspelt key", yaml: "nvd:\n  yeers: 2024\n", want: []string{"f.yaml:2:3: nvd.yeers: there is no such key; did you mean nvd.years?"}},
		{name: "misspelt section", yaml: "nvdd:\n  years: 2024\n", want: []string{"f.yaml:1:1: nvdd: there is no such key"}},
		{name: "key without section", yaml: "years: 2024\n", want: []string{"f.yaml:1:1: years: there is no such key; did you mean nvd.years?"}},
		{name: "misspelt choice", yaml: "nvd:\n  method: feed\n", want: []string{`f.yaml:2:11: nvd.method: "feed" is not one of auto, feeds, api; did you mean feeds?`}},
		{name: "text for a number", yaml: "http:\n  attempts: \"8\"\n", want: []string{"f.yaml:2:13: http.attempts: it wants a whole number, not text"}},
		{name: "fraction for a number", yaml: "http:\n  attempts: 1.5\n", want: []string{"f.yaml:2:13: http.attempts: it wants a whole number, not a fraction"}},
		{name: "bool for text", yaml: "data: true\n", want: []string{"f.yaml:1:7: data: it wants text, not true"}},
		{name: "text for bool", yaml: "serve: {lenient: 'yes'}\n", want: []string{"f.yaml:1:18: serve.lenient: it wants true or false, not text"}},
		{name: "duration without unit", yaml: "http:\n  backoff: 6\n", want: []string{`f.yaml:2:12: http.backoff: the duration "6" lacks a unit: write 6s`}},
		{name: "text for a list", yaml: "sources: nvd-cve\n", want: []string{"f.yaml:1:10: sources: it wants a list, such as [nvd-cve]"}},
		{name: "bad list item", yaml: "sources:\n  - nvd-cve\n  - [a]\n", want: []string{"f.yaml:3:5: sources: it wants text in its list, not a list"}},
		{name: "section for a value", yaml: "data:\n  a: b\n", want: []string{"data: it wants text, not a section"}},
		{name: "value for a section", yaml: "nvd: 5\n", want: []string{"f.yaml:1:6: nvd: it is a section and takes keys of its own, such as nvd.method"}},
		{name: "twice", yaml: "nvd:\n  years: 2024\nnvd.years: 2025\n", want: []string{"f.yaml:3:1: nvd.years: it is already set in line 2"}},
		{name: "twice in a section", yaml: "data: a\ndata: b\n", want: []string{`f.yaml:2:1: it is not YAML: mapping key "data" already defined`}},
		{name: "not a mapping", yaml: "- a\n", want: []string{"f.yaml:1:1: a configuration file holds keys and values"}},
		{name: "broken YAML", yaml: "nvd:\n  years: [2024\n", want: []string{"f.yaml:2:10: it is not YAML"}},
		{name: "alias", yaml: "data: &d x\n", want: []string{"data: anchors, aliases and tags are not understood here"}},
		{name: "two documents", yaml: "data: a\n---\ndata: b\n", want: []string{"f.yaml:3:5: only one YAML document can be given"}},
		{name: "several at once", yaml: "dta: x\nhttp:\n  attempts: 0\n  per_host: -1\n", want: []string{
			"f.yaml:1:1: dta: there is no such key; did you mean data?",
			"f.yaml:4:13: http.per_host: -1 is below zero",
			"f.yaml:3:13: http.attempts: it must be at least 1",
		}},
		{name: "variable", env: []string{"VULNMIRROR_NVD_RATE=fast"}, want: []string{`env VULNMIRROR_NVD_RATE: nvd.rate: "fast" is not a rate`}},
		{name: "set without value", sets: []string{"nvd.years"}, want: []string{"--set: nvd.years: it wants a key and a value"}},
		{name: "set of no key", sets: []string{"nvd.metod=api"}, want: []string{"--set: nvd.metod: there is no such key; did you mean nvd.method?"}},
		{name: "set of a section", sets: []string{"nvd=api"}, want: []string{"--set: nvd: it is a section, not a key"}},
		{name: "between keys", sets: []string{"http.backoff=10m"}, want: []string{"default: http.max_backoff: it is shorter than http.backoff (10m)"}},
		{name: "years before the feeds", sets: []string{"nvd.years=1999"}, want: []string{"there is no feed for 1999"}},
		{name: "upstream", sets: []string{"upstream=localhost:80"}, want: []string{"upstream: it must be a URL such as"}},
		{name: "listen", sets: []string{"serve.listen=8080"}, want: []string{`"8080" is not an address: write HOST:PORT`}},
		{name: "no source", sets: []string{"sources="}, want: []string{"name at least one source"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, ".", "f.yaml", test.yaml)
			_, err := Load(Options{File: "f.yaml", Environ: test.env, Sets: test.sets})
			var invalid *Invalid
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v, want an *Invalid", err)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %d problems, want %d:\n%v", len(lines), len(test.want), err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
		})
	}
}

func TestWhatAFileMayLeaveOut(t *testing.T) {
	dir := t.TempDir()
	for _, content := range []string{"", "# nothing\n", "---\n", "nvd:\n  # years: 2024\n", "data:\n", "nvd: {years: ~}\n"} {
		write(t, dir, FileName, content)
		if l := load(t, Options{Dir: dir}); l.Data != "./data" || l.NVD.Years.String() != "" {
			t.Errorf("%q changed the defaults: %+v", content, l.Config)
		}
	}
}

func TestValuesInYAML(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, FileName, "nvd:\n  years: 2024\n  overlap: 1d12h\nsources: [nvd-cve, kev]\nserve:\n  lenient: true\n  api_keys:\n    - one\n    - 2\nlock.wait: 0\n")
	l := load(t, Options{Dir: dir})
	if l.NVD.Years.String() != "2024" || l.NVD.Overlap != 36*time.Hour || !l.Serve.Lenient || l.Lock.Wait != 0 {
		t.Errorf("got %+v", l.Config)
	}
	if diff := cmp.Diff([]string{"nvd-cve", "kev"}, l.Sources); diff != "" {
		t.Error(diff)
	}
	if len(l.Serve.APIKeys) != 2 || l.Serve.APIKeys[1].Reveal() != "2" {
		t.Errorf("got %d API keys", len(l.Serve.APIKeys))
	}
}

func TestNVDKeyByItsUsualVariable(t *testing.T) {
	l := load(t, Options{Environ: []string{"NVD_API_KEY=usual"}})
	if l.NVD.APIKey.Reveal() != "usual" || l.Origin("nvd.api_key").String() != "env NVD_API_KEY" {
		t.Errorf("from %v", l.Origin("nvd.api_key"))
	}
	l = load(t, Options{Environ: []string{"VULNMIRROR_NVD_API_KEY=ours", "NVD_API_KEY=usual"}})
	if l.NVD.APIKey.Reveal() != "ours" {
		t.Error("the product's own variable does not win")
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	const secret = "hush-hush"
	l := load(t, Options{Sets: []string{"nvd.api_key=" + secret, "serve.api_keys=" + secret + ",second-" + secret}})
	var shown strings.Builder
	fmt.Fprintf(&shown, "%v %+v %#v %s\n", l, l.Config, l.Config, l.NVD.APIKey)
	slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "key", l.NVD.APIKey, "config", l.Config)
	if err := json.NewEncoder(&shown).Encode(l.Config); err != nil {
		t.Fatal(err)
	}
	for _, v := range l.Values() {
		fmt.Fprintf(&shown, "%s=%s %v\n", v.Key.Name, v.Text, v.JSON)
	}
	if strings.Contains(shown.String(), secret) {
		t.Errorf("the secret shows:\n%s", shown.String())
	}
	if !strings.Contains(shown.String(), "nvd.api_key="+mask) {
		t.Error("a secret that is set is not shown as set")
	}
}

func TestErrorsNeverQuoteSecrets(t *testing.T) {
	const secret = "hush-hush"
	dir := t.TempDir()
	for _, content := range []string{
		"nvd:\n  api_key: [" + secret + "\n",
		"nvd:\n  api_key: {a: " + secret + "}\n",
		"nvd:\n  api_key: \"" + secret + "\\q\"\n",
		"nvd:\n  api_key: \"" + secret + "\n",
		"nvd:\n  api_key: \" " + secret + "\"\n",
		"nvd:\n api_key: " + secret + "\n  years: 2024\n",
		"nvd:\n  api_key: &" + secret + " x\n",
		"nvd:\n  api_key: !" + secret + " x\n",
		"serve:\n  api_keys: " + secret + "\n",
		"nvd: " + secret + "\n",
		"nvd:\n  attempts: @" + secret + "\n",
	} {
		write(t, dir, FileName, content)
		_, err := Load(Options{Dir: dir})
		if err == nil {
			t.Errorf("%q was accepted", content)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("the secret shows: %v", err)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	l := load(t, Options{Environ: []string{
		"VULNMIRROR_NVD_YEAR=2024",
		"VULNMIRROR_SERVICE_HOST=10.0.0.1", "VULNMIRROR_PORT=tcp://10.0.0.1:8080", "VULNMIRROR_TEST_POSTGRES=x", "HOME=/",
	}})
	if len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0], "VULNMIRROR_NVD_YEARS") {
		t.Errorf("warnings: %q", l.Warnings)
	}
}
