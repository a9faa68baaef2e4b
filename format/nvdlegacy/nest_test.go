package nvdlegacy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvdlegacy"
)

// TestNestsHaveBounds: ten questions of two answers each, all to be answered,
// are 1,024 alternatives; nobody wants them spelled out.
func TestNestsHaveBounds(t *testing.T) {
	leaf := `{"operator":"OR","cpe_match":[{"vulnerable":true,"cpe23Uri":"cpe:2.3:a:m:p:1:*:*:*:*:*:*:*"}]}`
	either := `{"operator":"OR","children":[` + leaf + `,` + leaf + `]}`
	nest := func(n int) string {
		return `{"CVE_Items":[{"cve":{"CVE_data_meta":{"ID":"CVE-2020-0001"}},"lastModifiedDate":"2020-01-01T00:00Z",` +
			`"publishedDate":"2020-01-01T00:00Z","configurations":{"nodes":[{"operator":"AND","children":[` +
			either + strings.Repeat(","+either, n-1) + `]}]}}]}`
	}
	for n, want := range map[int][]string{8: nil, 10: {"configurations nested beyond what 2.0 can say"}} {
		d, err := nvdlegacy.Open(strings.NewReader(nest(n)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.Next()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Drift); diff != "" {
			t.Errorf("%d: %s", n, diff)
		}
		if n == 8 && len(r.Facts.Criteria) != 256*8 {
			t.Errorf("%d criteria in 256 alternatives of 8", len(r.Facts.Criteria))
		}
	}
}
