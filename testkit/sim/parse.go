package sim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vulnmirror/vuln"
)

// unsimulated are parameters NVD knows and this simulation refuses, because to
// ignore a filter would be to answer wrongly.
var unsimulated = []string{
	"cpeName", "isVulnerable", "virtualMatchString", "versionStart", "versionStartType", "versionEnd", "versionEndType",
	"cveTag", "cvssV2Metrics", "cvssV3Metrics", "cvssV4Metrics", "cvssV2Severity", "cvssV3Severity", "cvssV4Severity",
	"cweId", "kevStartDate", "kevEndDate", "hasCertAlerts", "hasCertNotes", "hasOval", "sourceIdentifier",
}

// parse reads an API request. A request that NVD refuses gives no page but the
// text for the `message` header.
func (u *Upstream) parse(kind Kind, r *http.Request) (*page, string) {
	if key := r.Header.Get("apiKey"); key != "" && u.options.Key != "" && key != u.options.Key {
		return nil, "Invalid apiKey."
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, "Invalid query string."
	}
	for name := range q {
		if kind == CVEs && slices.Contains(unsimulated, name) {
			return nil, name + " is not simulated."
		}
		if !slices.Contains(kind.shape().known, name) && name != "resultsPerPage" && name != "startIndex" {
			return nil, "Invalid parameter " + strconv.QuoteToASCII(name) + "."
		}
	}
	p := &page{kind: kind, noRejected: flag(q, "noRejected"), knownKEV: flag(q, "hasKev")}
	readers := []func(url.Values, *page) string{u.readPaging, readWords, readFilter}
	if kind == CVEs {
		readers = []func(url.Values, *page) string{u.readPaging, readIDs, readStatuses, readWords, readSpans}
	}
	for _, read := range readers {
		if message := read(q, p); message != "" {
			return nil, message
		}
	}
	return p, ""
}

func readSpans(q url.Values, p *page) (message string) {
	if p.modified, message = readSpan(q, "lastMod"); message == "" {
		p.published, message = readSpan(q, "pub")
	}
	return message
}

// flag tells whether a valueless parameter is there; clients also spell it with
// a truth value.
func flag(q url.Values, name string) bool {
	return q.Has(name) && !slices.Contains([]string{"false", "False", "0"}, q.Get(name))
}

func (u *Upstream) readPaging(q url.Values, p *page) string {
	most := u.pageMax(p.kind)
	p.size = most
	var err error
	if q.Has("resultsPerPage") {
		if p.size, err = strconv.Atoi(q.Get("resultsPerPage")); err != nil || p.size < 1 {
			return "Invalid resultsPerPage parameter."
		}
	}
	if p.size > most {
		return fmt.Sprintf("resultsPerPage parameter cannot exceed %d.", most)
	}
	if q.Has("startIndex") {
		if p.start, err = strconv.Atoi(q.Get("startIndex")); err != nil || p.start < 0 {
			return "Invalid startIndex parameter."
		}
	}
	return ""
}

// pageMax is the largest and default page of a collection.
func (u *Upstream) pageMax(kind Kind) int {
	most := kind.shape().most
	if u.options.PageMax > 0 {
		most = min(most, u.options.PageMax)
	}
	return most
}

func readIDs(q url.Values, p *page) string {
	for _, name := range []string{"cveId", "cveIds"} {
		if !q.Has(name) {
			continue
		}
		ids := strings.Split(q.Get(name), ",")
		limit := map[string]int{"cveId": 1, "cveIds": 100}[name]
		if len(ids) > limit || p.ids != nil || slices.ContainsFunc(ids, func(id string) bool { return !vuln.ValidCVE(id) }) {
			return "Invalid " + name + " parameter."
		}
		p.ids = ids
	}
	return ""
}

func readStatuses(q url.Values, p *page) string {
	if !q.Has("vulnStatuses") {
		return ""
	}
	p.statuses = strings.Split(q.Get("vulnStatuses"), ",")
	for _, name := range p.statuses {
		known := false
		for s := analyzed; s <= rejected; s++ {
			known = known || name == strings.ReplaceAll(s.String(), " ", "")
		}
		if !known {
			return "Invalid vulnStatuses parameter."
		}
	}
	return ""
}

func readWords(q url.Values, p *page) string {
	if q.Has("keywordSearch") {
		p.words = splitWords(q.Get("keywordSearch"))
		if len(p.words) == 0 {
			return "Invalid keywordSearch parameter."
		}
	}
	if !flag(q, "keywordExactMatch") {
		return ""
	}
	if p.words == nil {
		return "keywordExactMatch requires keywordSearch."
	}
	p.phrase = strings.Join(p.words, " ")
	return ""
}

// longestSpan is the longest date range NVD answers.
const longestSpan = 120 * day

// readSpan reads the pair of dates with the given prefix; nil when neither is there.
func readSpan(q url.Values, prefix string) (*span, string) {
	first, last := prefix+"StartDate", prefix+"EndDate"
	if !q.Has(first) && !q.Has(last) {
		return nil, ""
	}
	if !q.Has(first) || !q.Has(last) {
		return nil, first + " and " + last + " must both be given."
	}
	from, err := parseDate(q.Get(first))
	if err != nil {
		return nil, "Invalid " + first + " parameter."
	}
	to, err := parseDate(q.Get(last))
	if err != nil || to.Before(from) {
		return nil, "Invalid " + last + " parameter."
	}
	if to.Sub(from) > longestSpan {
		return nil, "The date range of " + first + " and " + last + " cannot exceed 120 consecutive days."
	}
	return &span{ceilMilli(from), to.UnixMilli()}, ""
}

// ceilMilli keeps a start with finer digits from including what lies before it.
func ceilMilli(t time.Time) int64 { return t.Add(time.Millisecond - 1).UnixMilli() }

// parseDate reads ISO 8601 with or without zone and fraction. A plus sign that
// was sent raw has become a blank.
func parseDate(s string) (time.Time, error) {
	return vuln.ParseTime(strings.ReplaceAll(s, " ", "+"))
}
