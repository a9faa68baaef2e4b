package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestStoreFromEveryPlace(t *testing.T) {
	const url = "postgres://mirror:hidden@db/nvd"
	for name, o := range map[string]Options{
		"file":          {File: write(t, t.TempDir(), "a.yaml", "store: "+url+"\n")},
		"section":       {File: write(t, t.TempDir(), "b.yaml", "store:\n  url: "+url+"\n  compress: none\n")},
		"beside":        {File: write(t, t.TempDir(), "c.yaml", "store: "+url+"\nstore.compress: none\n")},
		"environment":   {Environ: []string{"VULNMIRROR_STORE=" + url}},
		"flag":          {Flags: []Flag{{Name: "--store", Key: "store", Value: url}}},
		"assignment":    {Sets: []string{"store=" + url}},
		"only compress": {File: write(t, t.TempDir(), "d.yaml", "store:\n  compress: none\n"), Sets: []string{"store=" + url}},
	} {
		l := load(t, o)
		if l.Store.URL.Reveal() != url {
			t.Errorf("%s: store is %q", name, l.Store.URL)
		}
	}
}

func TestStoreRefused(t *testing.T) {
	for _, text := range []string{"/var/lib/x.db", "mysql://u:hidden@h/db", "postgres", "sqlite:"} {
		_, err := Load(Options{Sets: []string{"store=" + text}})
		if err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), "sqlite:PATH") {
			t.Errorf("%s: error %v", text, err)
		}
	}
	file := write(t, t.TempDir(), "a.yaml", "store: sqlite:a.db\nstore.url: sqlite:b.db\n")
	if _, err := Load(Options{File: file}); err == nil || !strings.Contains(err.Error(), "already set in line 1") {
		t.Errorf("store given twice: error %v", err)
	}
}

func TestStoreURLHidesPasswords(t *testing.T) {
	for url, want := range map[string]string{
		"sqlite:/var/lib/v.db":                       "sqlite:/var/lib/v.db",
		"postgres://u@h:5432/db":                     "postgres://u@h:5432/db",
		"postgres://u:hidden@h:5432/db":              "postgres://u:********@h:5432/db",
		"postgres://u:hid@den@h/db":                  "postgres://u:********@h/db",
		"postgres://u:hid/den@h/db":                  "postgres://u:********@h/db",
		"postgres://h/db?user=u&password=hidden&x=1": "postgres://h/db?user=u&password=********&x=1",
		"postgres://h/db?sslpassword=hidden":         "postgres://h/db?sslpassword=********",
		"mongodb://u:hidden@a:1,b:2/nvd?tls=true":    "mongodb://u:********@a:1,b:2/nvd?tls=true",
		"mongodb://a:1,b:2/nvd":                      "mongodb://a:1,b:2/nvd",
		"postgres:host=h password='hid den' user=u":  "postgres:host=h password=******** user=u",
	} {
		u := StoreURL(url)
		encoded, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{u.String(), fmt.Sprint(u), fmt.Sprintf("%+v", u), fmt.Sprintf("%#v", u), u.LogValue().String()} {
			if got != want {
				t.Errorf("%q shows as %q, want %q", url, got, want)
			}
		}
		if strings.Contains(string(encoded), "hid") {
			t.Errorf("%q is encoded as %s", url, encoded)
		}
	}
}
