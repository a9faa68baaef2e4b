package edition_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"vulnmirror/source/edition"
)

// TestMain fails the run when a fetch leaves work behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestJSON(t *testing.T) {
	for _, tc := range []struct {
		document, wrong string // "" when it is right
	}{
		{`{"a": [1, 2], "a": "twice"}` + "\n", ""},
		{`[{"error": "of a record"}]`, ""},
		{`{"error": "of a list", "items": []}`, ""},
		{`{}`, ""},
		{"\ufeff{}", ""},
		{`{"error": {"code": 404}}`, "nothing but an error"},
		{`{"a": [1, 2`, "unexpected EOF"},
		{`{"a": 1}{"b": 2}`, "more after the JSON document"},
		{`[] x`, "invalid character 'x'"},
		{`not here`, "invalid character"},
		{``, "EOF"},
	} {
		err := edition.JSON(strings.NewReader(tc.document))
		if tc.wrong == "" && err != nil || tc.wrong != "" && (err == nil || !strings.Contains(err.Error(), tc.wrong)) {
			t.Errorf("JSON(%s): %v, want %q", tc.document, err, tc.wrong)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"error":1}`)
	f.Add(`[1]`)
	f.Fuzz(func(t *testing.T, document string) {
		// What is added to a document that is whole makes it another.
		if edition.JSON(strings.NewReader(document)) == nil && edition.JSON(strings.NewReader(document+" {}")) == nil {
			t.Errorf("%q is taken with more after it", document)
		}
	})
}

func TestReadCommit(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef01234567"
	if got, err := edition.ReadCommit(strings.NewReader(id + "\n")); got != id || err != nil {
		t.Errorf("ReadCommit: %q, %v", got, err)
	}
	if got, err := edition.ReadCommit(strings.NewReader("\ufeff" + id)); got != id || err != nil {
		t.Errorf("ReadCommit after a byte order mark: %q, %v", got, err)
	}
	for _, text := range []string{"", id[1:], id + "00", `{"sha":"` + id + `"}`, strings.Repeat("g", 40)} {
		if got, err := edition.ReadCommit(strings.NewReader(text)); err == nil {
			t.Errorf("ReadCommit(%q) is %q", text, got)
		}
	}
}
