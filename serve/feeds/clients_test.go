package feeds

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vulnmirror/vuln"
)

// javaProperties reads what java.util.Properties.load does, as far as dates and
// prefixes need: comments, "=", ":" or space after the key, backslash escapes.
func javaProperties(t *testing.T, text string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(strings.TrimRight(line, "\r\n"), " \t\f")
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		end := strings.IndexAny(line, "=: \t")
		if end < 0 {
			t.Fatalf("line %q has no value", line)
		}
		key, value := line[:end], strings.TrimLeft(line[end+1:], " \t")
		if _, twice := found[key]; twice {
			t.Errorf("%s is there twice", key)
		}
		found[key] = strings.ReplaceAll(value, `\`, "")
	}
	return found
}

// javaDate is uuuu-MM-dd'T'HH:mm:ssX, which takes Z, ±hh and ±hhmm.
var javaDate = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d(\d\d)?)$`)

// dependencyCheck is the part of that client which decides what to download in
// data-feed mode, with what it stored of earlier runs.
type dependencyCheck struct {
	m      *mirror
	folder string
	stored map[string]time.Time // "" is the date of the whole
}

// run does an update and returns what was downloaded.
func (c *dependencyCheck) run() []string {
	c.m.Helper()
	props := javaProperties(c.m.T, string(c.m.get(c.folder+"cache.properties")))
	date := func(key string) time.Time {
		if !javaDate.MatchString(props[key]) {
			c.m.Fatalf("%s: %q is no date for uuuu-MM-dd'T'HH:mm:ssX", key, props[key])
		}
		at, err := time.Parse(time.RFC3339, props[key])
		if err != nil {
			c.m.Fatal(err)
		}
		return at
	}
	prefix, ok := props["prefix"]
	if !ok {
		prefix = "nvdcve-"
	}
	end := c.m.now.In(time.FixedZone("", 14*3600)).Year()
	full := false
	for y := 2002; y <= end; y++ {
		_, known := c.stored[fmt.Sprint(y)]
		full = full || !known
	}
	var wanted []string
	if full || !c.stored[""].Equal(date("lastModifiedDate")) {
		for y := 2002; y <= end; y++ {
			year := fmt.Sprint(y)
			if _, listed := props["lastModifiedDate."+year]; !listed {
				continue
			}
			old := c.m.now.Sub(c.stored[""]) > 7*24*time.Hour && date("lastModifiedDate."+year).After(c.stored[year])
			if full || old {
				wanted = append(wanted, year)
			}
		}
		wanted = append(wanted, "modified")
	}
	for _, name := range wanted {
		c.m.ids(c.folder + prefix + name + ".json.gz")
	}
	c.stored[""] = date("lastModifiedDate.modified")
	for _, name := range wanted {
		c.stored[name] = date("lastModifiedDate." + name)
	}
	return wanted
}

func TestDependencyCheck(t *testing.T) {
	for _, folder := range []string{atCheck, atVulnz} {
		m := newMirror(t, sample...)
		c := &dependencyCheck{m: m, folder: folder, stored: map[string]time.Time{}}
		expect := func(when string, want ...string) {
			t.Helper()
			if got := c.run(); !slices.Equal(got, want) {
				t.Errorf("%s, %s: downloads %v, want %v", folder, when, got, want)
			}
		}
		expect("first run", "2002", "2003", "2004", "modified")
		expect("nothing new")

		// The sample's newest change is three days old: within a week, modified will do.
		m.store.put(cve("CVE-2002-0042", "2002-05-01T00:00:00.000", "2004-06-01T10:00:00.500"))
		expect("a change", "modified")
		expect("nothing new")

		m.store.put(cve("CVE-2002-0043", "2002-05-01T00:00:00.000", "2004-06-01T09:00:00.000"))
		expect("a record that comes late", "modified")

		m.now = m.now.Add(10 * 24 * time.Hour)
		m.store.put(cve("CVE-2003-0042", "2003-05-01T00:00:00.000", "2004-06-11T10:00:00.000"))
		expect("after ten days", "2002", "2003", "modified")

		for _, at := range []string{"2004-12-31T09:59:59.000", "2004-12-31T10:00:00.000"} {
			m.now, _ = vuln.ParseTime(at)
			c.run()
		}
		expect("nothing new in the new year of UTC+14")
	}
}

// Without cache.properties that client reads every .meta, in NVD's folder.
func TestDependencyCheckWithoutProperties(t *testing.T) {
	m := newMirror(t, sample...)
	m.now, _ = vuln.ParseTime("2004-12-31T10:00:00.000")
	if resp := m.do(http.MethodGet, "/feeds/json/cve/2.0/cache.properties"); resp.StatusCode != http.StatusNotFound {
		t.Fatalf("cache.properties: %s", resp.Status)
	}
	for _, name := range []string{"modified", "2002", "2003", "2004", "2005"} {
		date := javaProperties(t, string(m.get(atNVD+name+".meta")))["lastModifiedDate"]
		if _, err := time.Parse(time.RFC3339, date); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVulnzLayout(t *testing.T) {
	m := newMirror(t,
		cve("CVE-2004-0010", "2003-12-31T23:59:59.999", "2004-05-01T00:00:00.000"),
		cve("CVE-2004-10000", "2004-01-01T00:00:00.000", "2004-05-02T00:00:00.000"),
		cve("CVE-2004-0002", "2004-05-01T00:00:00.000", "2004-05-02T00:00:00.000"),
		cve("CVE-1999-0001", "1999-05-01T00:00:00.000", "2004-05-02T00:00:00.000"),
	)
	for name, want := range map[string][]string{
		"2002": {"CVE-1999-0001"},
		"2003": {"CVE-2004-0010"},
		"2004": {"CVE-2004-0002", "CVE-2004-10000"},
	} {
		path := atVulnz + "nvdcve-" + name
		meta := m.get(path + ".meta")
		checkPair(t, meta, m.get(path+".json.gz"))
		if got := m.ids(path + ".json.gz"); !slices.Equal(got, want) {
			t.Errorf("%s holds %v, want %v", name, got, want)
		}
		found := metaOf(t, meta)
		if _, has := found["zipSize"]; has || len(found) != 4 || found["sha256"] != strings.ToLower(found["sha256"]) {
			t.Errorf("%s:\n%s", name, meta)
		}
	}
}
