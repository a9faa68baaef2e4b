package nvdapi

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"vulnmirror/match"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// A problem is why a request is refused, as its `message` header says it.
type problem string

func (p problem) Error() string { return string(p) }

func invalid(name string) error { return problem("Invalid " + name + " parameter.") }

// request is what one query string asks for.
type request struct {
	of      *endpoint
	matcher *match.Matcher // set before resolve
	query   store.Query    // without Order, Offset and Limit
	start   int            // records to skip, from 0
	size    int            // most records to return, 1 to of.most

	// id is set when one record is all that is asked for.
	id string
	// nothing is set when it turns out that no record can be the answer.
	nothing bool
	// needs is the kind of the records that the query is completed from, besides
	// the endpoint's own; "" for none.
	needs vuln.Kind

	keywords                          string
	exact                             bool
	cvss                              *cvssVersion
	published, modified, kev, changed window
	platform                          platform

	cve        string // the CVE that the records belong to
	criterion  string // the matchCriteriaId that describes the names
	identifier string // of a source
}

// held passes on a record that answers may show, and store.ErrNotFound for one
// that they may not.
func (r *request) held(record vuln.Record, err error) (vuln.Record, error) {
	if err == nil && (!record.Withdrawn.IsZero() || record.Converted && r.query.Native) {
		return vuln.Record{}, store.ErrNotFound
	}
	return record, err
}

// parse reads a raw query string. Parameter names are accepted in any
// case. A parameter that is repeated must repeat its value: choosing one of two
// would answer a question nobody asked. Unknown parameters are refused for the
// same reason, unless lenient. Errors are problems.
func (e *endpoint) parse(raw string, lenient bool) (request, error) {
	r := request{of: e, query: store.Query{Kind: e.kind}, size: e.most}
	var values [maxParameters]struct { // by index in parameters
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
		i, known := e.byName[strings.ToLower(name)]
		if !known {
			if lenient {
				continue
			}
			return r, problem("Unknown parameter " + printable(name) + ".")
		}
		if v := &values[i]; v.seen {
			if v.text != value {
				return r, problem(e.parameters[i].name + " is given twice with different values.")
			}
			continue
		}
		values[i].seen, values[i].text = true, value
		if err := read(e.parameters[i], &r, value); err != nil {
			return r, err
		}
	}
	return r, r.finish()
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
	if r.exact && r.keywords == "" {
		return problem("keywordExactMatch requires keywordSearch.")
	}
	if r.exact {
		r.query.Words, r.query.Phrase = nil, r.keywords
	}
	var err error
	if r.query.Modified, err = r.modified.span("lastModStartDate", "lastModEndDate"); err != nil {
		return err
	}
	if r.of.finish != nil {
		if err := r.of.finish(r); err != nil {
			return err
		}
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
		q.InKEV || q.CertAlert || q.CertNote || q.OVAL || q.CVSS != nil || q.Words != nil || q.Phrase != "" ||
		q.Platform != nil || r.cve != "" || r.platform.asked()
}
