package draft_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store/bodycodec"
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

// TestPacked: bodies come out as they went in, and brief ones are not made larger.
func TestPacked(t *testing.T) {
	frame, err := bodycodec.Encode(nil, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"", "{}", `{"cve":"CVE-2024-0001","epss":"0.1"}`, `{"long":"` + strings.Repeat("long ", 100) + `"}`, string(frame), "\x01\x01"} {
		for _, kind := range []vuln.Kind{vuln.KindCVE, vuln.KindCPE, vuln.KindEPSS} {
			d, err := draft.Of(&vuln.Record{Kind: kind, ID: "it", Body: []byte(body)})
			if err != nil {
				t.Fatal(err)
			}
			got, err := bodycodec.Decode(nil, d.Packed)
			if err != nil || !bytes.Equal(got, []byte(body)) {
				t.Errorf("%s, %q: %q, %v", kind, body, got, err)
			}
			if strings.HasPrefix(body, "{") && len(d.Packed) > len(body) {
				t.Errorf("%s, %q: %d bytes became %d", kind, body, len(body), len(d.Packed))
			}
		}
	}
}
