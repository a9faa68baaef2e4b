package nvdapi

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// PageSize is the default and the most records of one answer.
const PageSize = 2000

// A problem is why a request is refused, as its `message` header says it.
type problem string

func (p problem) Error() string { return string(p) }

func invalid(name string) error { return problem("Invalid " + name + " parameter.") }

// request is what one query string asks for.
type request struct {
	query store.Query // without Order, Offset and Limit
	start int         // records to skip, from 0
	size  int         // most records to return, 1 to PageSize

	// id is set when one CVE is all that is asked for.
	id string

	keywords                 string
	exact                    bool
	cvss                     *cvssVersion
	published, modified, kev window
}

// parseRequest reads a raw query string. Parameter names are accepted in any
// case. A parameter that is repeated must repeat its value: choosing one of two
// would answer a question nobody asked. Unknown parameters are refused for the
// same reason, unless lenient. Errors are problems.
func parseRequest(raw string, lenient bool) (request, error) {
	r := request{query: store.Query{Kind: vuln.KindCVE}, size: PageSize}
	var values [64]struct { // by index in parameters
		text string
		seen bool
	}
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, err := unescape(pair)
		if err != nil {
			return r, err
		}
		i, known := lookup(name)
		if !known {
			if lenient {
				continue
			}
			return r, problem("Unknown parameter " + printable(name) + ".")
		}
		if v := &values[i]; v.seen {
			if v.text != value {
				return r, problem(parameters[i].name + " is given twice with different values.")
			}
			continue
		}
		values[i].seen, values[i].text = true, value
		if err := read(parameters[i], &r, value); err != nil {
			return r, err
		}
	}
	return r, r.finish()
}

func lookup(name string) (int, bool) {
	i, ok := byName[strings.ToLower(name)]
	return i, ok
}

func read(p parameter, r *request, value string) error {
	if !p.flag {
		if !clean(value) {
			return invalid(p.name)
		}
		return p.read(r, value)
	}
	switch strings.ToLower(value) {
	case "", "true", "1":
		return p.read(r, "")
	case "false", "0":
		return nil
	}
	return invalid(p.name)
}

// unescape splits and decodes name=value.
func unescape(pair string) (name, value string, err error) {
	name, value, _ = strings.Cut(pair, "=")
	if name, err = url.QueryUnescape(name); err != nil {
		return "", "", problem("The query string is not percent-encoded correctly.")
	}
	if value, err = url.QueryUnescape(value); err != nil {
		return "", "", problem("The query string is not percent-encoded correctly.")
	}
	return name, value, nil
}

// clean reports whether a value is text a person may have meant.
func clean(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// printable makes a stranger's text fit for a header.
func printable(s string) string {
	const most = 40
	if len(s) > most {
		s = s[:most]
	}
	return strconv.QuoteToASCII(s)
}

// finish applies the rules that concern more than one parameter.
func (r *request) finish() error {
	if r.id != "" && r.query.IDs != nil {
		return problem("cveId and cveIds cannot be combined.")
	}
	if r.exact && r.keywords == "" {
		return problem("keywordExactMatch requires keywordSearch.")
	}
	if r.exact {
		r.query.Words, r.query.Phrase = nil, r.keywords
	}
	var err error
	if r.query.Published, err = r.published.span("pubStartDate", "pubEndDate"); err != nil {
		return err
	}
	if r.query.Modified, err = r.modified.span("lastModStartDate", "lastModEndDate"); err != nil {
		return err
	}
	if r.query.KEVAdded, err = r.kev.span("kevStartDate", "kevEndDate"); err != nil {
		return err
	}
	if r.id != "" && r.narrowed() {
		r.query.IDs, r.id = []string{r.id}, ""
	}
	return nil
}

// narrowed reports whether the query asks for more than its kind.
func (r *request) narrowed() bool {
	q := &r.query
	return !q.Published.IsZero() || !q.Modified.IsZero() || !q.KEVAdded.IsZero() ||
		q.Statuses != nil || q.NotStatuses != nil || q.SourceIdentifier != "" || q.CWE != "" || q.Tag != "" ||
		q.InKEV || q.CertAlert || q.CertNote || q.OVAL || q.CVSS != nil || q.Words != nil || q.Phrase != ""
}
