package nvdlegacy

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"net/http"
	"strconv"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvdlegacy"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

var retired = fetch.Location{Name: "feeds", URL: "https://nvd.nist.gov/feeds/"}

// lastYear is that of the last feed 1.1 NVD made.
const lastYear = 2025

// upstream is one historical file.
type upstream struct {
	url   string
	meta  string // URL of its .meta, "" where validators tell what is new
	path  string // in the archive
	forms []nvdlegacy.Form
}

// historical lists the files, those that change last at the end.
func historical(feeds string) []upstream {
	out := []upstream{
		{
			url: feeds + "xml/cpe/dictionary/official-cpe-dictionary_v2.3.xml.gz", path: "official-cpe-dictionary_v2.3.xml.gz",
			forms: []nvdlegacy.Form{nvdlegacy.Dictionary22, nvdlegacy.Dictionary23},
		},
		{
			url: feeds + "json/cpematch/1.0/nvdcpematch-1.0.json.gz", path: "nvdcpematch-1.0.json.gz",
			forms: []nvdlegacy.Form{nvdlegacy.Match10},
		},
	}
	var names []string
	for year := vuln.FirstFeedYear; year <= lastYear; year++ {
		names = append(names, strconv.Itoa(year))
	}
	for _, name := range append(names, "recent", "modified") {
		base := "nvdcve-1.1-" + name
		out = append(out, upstream{
			url: feeds + "json/cve/1.1/" + base + ".json.gz", meta: feeds + "json/cve/1.1/" + base + ".meta", path: base + ".json.gz",
			forms: []nvdlegacy.Form{nvdlegacy.CVE10, nvdlegacy.CVE11},
		})
	}
	return out
}

// Legacy is the source of the files at the addresses NVD had.
type Legacy struct{}

// NewLegacy returns the source.
func NewLegacy() *Legacy { return &Legacy{} }

// Info describes the source.
func (*Legacy) Info() source.Info {
	i := info(LegacyName, "NVD's retired files, from sites that still have them")
	i.Locations, i.Interval = []fetch.Location{retired}, 24*time.Hour
	return i
}

// Preview lists what would be asked for.
func (*Legacy) Preview(source.Cursor) (source.Preview, error) {
	p := source.Preview{Way: "the addresses NVD had"}
	for _, u := range historical(retired.URL) {
		p.Requests++
		if u.meta != "" {
			p.Requests++
		}
		if len(p.URLs) < 3 {
			p.URLs = append(p.URLs, u.url)
		}
	}
	return p, nil
}

// Fetch brings every file up to date that the site has. Those it does not have
// are passed over; it fails when it has none and none is held.
func (*Legacy) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	p := pass{up: up, run: run, cursor: last, fresh: len(run.ReceivedFiles()) > 0}
	var missing []error
	for _, u := range historical(up.At(retired)) {
		err := p.bring(ctx, u)
		if ctx.Err() != nil {
			return last, errors.Join(err, context.Cause(ctx))
		}
		var status *fetch.StatusError
		gone := errors.As(err, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusGone)
		if err != nil && !gone {
			missing = append(missing, err)
		}
		if _, held := run.Current(u.path); held {
			p.held++
		}
	}
	switch {
	case len(missing) > 0:
		return p.cursor, &source.Incomplete{Missing: missing}
	case p.held == 0:
		return last, &source.Incomplete{Missing: []error{errNone}}
	}
	// What such a site lacks it will not get any more.
	p.cursor.Complete = true
	if !p.fresh {
		return p.cursor, source.ErrUnchanged
	}
	return p.cursor, nil
}

var errNone = errors.New("upstream has none of NVD's retired files; `upstream` names a site that has them")

// Decode yields the records of an archived file.
func (*Legacy) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return decode(LegacyName, tree, filename)
}
