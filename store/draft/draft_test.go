package draft_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store/draft"
	"vulnmirror/vuln"
)

// TestTexts: what phrases are looked for in is kept beside bodies that only a
// decoder can read, and only beside those.
func TestTexts(t *testing.T) {
	for kind, want := range map[vuln.Kind][]string{
		vuln.KindCVE: nil, vuln.KindCPE: nil, vuln.KindNVDSource: nil,
		vuln.KindCWE: {"The product", "Le produit"}, "another": {"The product", "Le produit"},
	} {
		d, err := draft.Of(&vuln.Record{Kind: kind, ID: "it", Text: []vuln.Text{{Lang: "en", Value: "The product"}, {Lang: "fr", Value: "Le produit"}}, Body: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.Texts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
		if diff := cmp.Diff([]string{"the", "product", "le", "produit"}, d.Words); diff != "" {
			t.Errorf("words of %s (-want +got):\n%s", kind, diff)
		}
	}
}
