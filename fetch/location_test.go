package fetch_test

import (
	"testing"

	"vulnmirror/fetch"
)

func TestAt(t *testing.T) {
	plain, err := fetch.New(fetch.Config{})
	if err != nil {
		t.Fatal(err)
	}
	moved := plain.Relocated(map[string]string{"note": "https://mirror.example/n/{id}", "fixed": "https://mirror.example/all"})
	note := fetch.Location{Name: "note", URL: "https://kb.cert.org/vuls/api/{id}/{part}/"}
	for _, tc := range []struct {
		client *fetch.Client
		at     fetch.Location
		want   string
	}{
		{plain, note, "https://kb.cert.org/vuls/api/38%202314/vendors/vuls/"},
		{moved, note, "https://mirror.example/n/38%202314"},
		{moved.Scope(nil), fetch.Location{Name: "fixed"}, "https://mirror.example/all"},
		{moved, fetch.Location{Name: "other", URL: "https://example.org/?id={id}"}, "https://example.org/?id=38%202314"},
	} {
		if got := tc.client.At(tc.at, "id", "38 2314", "part", "vendors/vuls"); got != tc.want {
			t.Errorf("%s is at %s, want %s", tc.at.Name, got, tc.want)
		}
	}
}
