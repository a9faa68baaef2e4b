package feeds

import (
	"strings"
	"testing"
)

func FuzzParsePath(f *testing.F) {
	for _, path := range []string{
		atNVD + "2002.json.gz", atNVD + "modified.meta", atNVD + "recent.json.zip", atCheck + "cache.properties",
		atVulnz + "nvdcve-2003.json.gz", "//feeds//vulnz//cache.properties", atNVD + "../2002.meta", "", "/",
		atNames + ".tar.gz", atCriteria + ".meta", atNames + "-2002.tar.gz",
		atNVD + "\x00.meta", atNVD + "99999.meta", atNVD + "modified.meta.json.gz", atVulnz + "nvdcve-nvdcve-2002.meta",
	} {
		f.Add(path)
	}
	all := folders(true)
	f.Fuzz(func(t *testing.T, path string) {
		got, ok := parsePath(all, path)
		if !ok {
			return
		}
		name := propertiesName
		if got.properties == nil {
			name = got.feed.file(string(got.form))
			if key := got.feed.key(); strings.Count(key, "/") != 1 || strings.Contains(key, "..") {
				t.Errorf("%q is kept in %q", path, key)
			}
			if got.feed.year != 0 && (got.feed.year < 2002 || got.feed.year > 9999) {
				t.Errorf("%q is of %d", path, got.feed.year)
			}
		}
		if !strings.HasSuffix(path, "/"+name) {
			t.Errorf("%q taken for %q", path, name)
		}
	})
}
