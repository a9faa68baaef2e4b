package msrccsv_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"vulnmirror/source"
	"vulnmirror/source/msrccsv"
)

// FuzzDecode: whatever people drop, records have names, and merging one with
// itself says the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(header + "10 Jan 2024,Drawer,5034768,5034127,CVE-2024-10001\n"))
	f.Add([]byte("sep=;\nDate;Article;Article;Details\n1/9/2018;4056890;https://kitchen.example.org/;CVE-2018-10001\n"))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := msrccsv.New("")
		for r, err := range s.Decode(fstest.MapFS{"x.csv": {Data: text}}, "x.csv") {
			var refused *source.Refused
			if err != nil {
				if !errors.As(err, &refused) {
					return
				}
				continue
			}
			again, err := s.Merge(r, r)
			if err != nil || again.ID != r.ID || again.Kind != r.Kind || again.Source != r.Source || r.ID == "" || !r.Converted {
				t.Fatalf("%+v, %+v, %v", r, again, err)
			}
		}
	})
}
