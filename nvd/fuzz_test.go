package nvd_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"vulnmirror/nvd"
)

// seeds are records of every kind and some that are damaged.
var seeds = []string{
	fullCVE, fullCPE, fullCriteria, fullSource, fullChange,
	`{}`, `{"id":1,"metrics":[],"titles":{},"matches":null}`, `{"id":"a","id":"b"}`, "{\"id\":\"\xff\"}", `{"a":`, `null`, ``,
}

func FuzzViews(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		var c nvd.CVE
		if err := c.UnmarshalJSON(body); err != nil {
			if json.Valid(body) && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
				t.Fatalf("an object was refused: %v", err)
			}
			return
		}
		if string(body) == "null" {
			return
		}
		if !bytes.Equal(c.Raw(), before) {
			t.Fatalf("Raw is %q, want %q", c.Raw(), before)
		}
		var members map[string]json.RawMessage
		if utf8.Valid(body) && json.Unmarshal(body, &members) == nil {
			for name := range members {
				if c.Member(name) == nil {
					t.Errorf("member %q is lost", name)
				}
			}
		}
		exercise(t, c, body)
		if !bytes.Equal(c.Raw(), before) {
			t.Error("reading changed the record")
		}
	})
}

// exercise calls everything a view has.
func exercise(t *testing.T, c nvd.CVE, body []byte) {
	c.ID()
	c.SourceIdentifier()
	c.Status()
	c.Published()
	c.LastModified()
	c.Description()
	c.Tags()
	c.Weaknesses()
	c.Configurations()
	c.References()
	c.KEV()
	c.Affected()
	c.VendorComments()
	c.SSVC()
	c.Unknown()
	if len(c.Problems()) == 0 && len(c.Metrics()) > 0 {
		if _, ok := c.Best(); !ok {
			t.Error("there are scores and none is the best")
		}
	}
	var (
		name   nvd.CPE
		match  nvd.MatchCriteria
		source nvd.Source
		change nvd.Change
	)
	for _, v := range []json.Unmarshaler{&name, &match, &source, &change} {
		if err := v.UnmarshalJSON(body); err != nil {
			t.Fatal(err)
		}
	}
	name.Titles()
	name.References()
	name.DeprecatedBy()
	name.Deprecated()
	name.Problems()
	match.Names()
	match.Versions()
	match.NamesModified()
	match.Problems()
	source.AcceptanceLevels()
	source.Identifiers()
	source.Problems()
	change.Details()
	change.Problems()
}

func FuzzReadFeed(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(`{"resultsPerPage":1,"startIndex":0,"totalResults":1,"format":"NVD_CVE","version":"2.0","timestamp":"t","vulnerabilities":[{"cve":` + s + `}]}`))
	}
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		ended := false
		for c, err := range nvd.ReadFeed[nvd.CVE](bytes.NewReader(doc)) {
			if ended {
				t.Fatal("the sequence goes on after an error")
			}
			ended = err != nil
			if err == nil && c.Raw() == nil {
				t.Error("a record without a body")
			}
		}
	})
}
