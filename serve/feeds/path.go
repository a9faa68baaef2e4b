package feeds

import (
	"strconv"
	"strings"

	"vulnmirror/vuln"
)

// A form is one file of a feed, by its ending.
type form string

const (
	gzipForm form = ".json.gz"
	zipForm  form = ".json.zip"
	tarForm  form = ".tar.gz"
	metaForm form = ".meta"
)

const propertiesName = "cache.properties"

// A folder is a path that shows a layout.
type folder struct {
	path       string
	layout     *layout
	forms      []form
	properties bool // has a cache.properties
}

func folders(native bool) []folder {
	nvd, vulnz := nvdLayout(native), vulnzLayout(native)
	names := archiveLayout("nvdcpe-2.0", vuln.KindCPE, cpeShape, 100_000, native)
	criteria := archiveLayout("nvdcpematch-2.0", vuln.KindMatchCriteria, criteriaShape, 10_000, native)
	return []folder{
		{path: "/feeds/json/cve/2.0/", layout: nvd, forms: []form{gzipForm, zipForm, metaForm}},
		{path: "/feeds/dependency-check/", layout: nvd, forms: []form{gzipForm, metaForm}, properties: true},
		{path: "/feeds/vulnz/", layout: vulnz, forms: []form{gzipForm, metaForm}, properties: true},
		{path: "/feeds/json/cpe/2.0/", layout: names, forms: []form{tarForm, metaForm}},
		{path: "/feeds/json/cpematch/2.0/", layout: criteria, forms: []form{tarForm, metaForm}},
	}
}

// A target is what a path names: a form of a feed, or the cache.properties of
// a layout when properties is set.
type target struct {
	feed       feed
	form       form
	properties *layout
}

// parsePath finds what a path names, and whether it names anything. Repeated
// slashes count as one: clients append "/json/…" to an address that may end
// in one already. Whether a year has a feed is not decided here.
func parsePath(all []folder, path string) (target, bool) {
	path = collapse(path)
	for _, dir := range all {
		name, ok := strings.CutPrefix(path, dir.path)
		if !ok {
			continue
		}
		if name == propertiesName && dir.properties {
			return target{properties: dir.layout}, true
		}
		return dir.parse(name)
	}
	return target{}, false
}

func (dir folder) parse(name string) (target, bool) {
	name, ok := strings.CutPrefix(name, dir.layout.prefix)
	if !ok {
		return target{}, false
	}
	for _, form := range dir.forms {
		name, ok := strings.CutSuffix(name, string(form))
		if !ok {
			continue
		}
		f := feed{layout: dir.layout, name: name}
		switch {
		case dir.layout.year == nil:
			if name != "" {
				return target{}, false
			}
		case !f.isWindow():
			if f.year, ok = parseYear(name); !ok {
				return target{}, false
			}
		}
		return target{feed: f, form: form}, true
	}
	return target{}, false
}

// parseYear reads four digits, from the first feed year on.
func parseYear(s string) (int, bool) {
	year, err := strconv.ParseUint(s, 10, 16)
	return int(year), err == nil && len(s) == 4 && year >= vuln.FirstFeedYear
}

func collapse(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}
