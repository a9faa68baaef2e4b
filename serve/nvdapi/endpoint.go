package nvdapi

import (
	"context"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// The paths of NVD's APIs. A slash at the end makes no difference.
const (
	PathCVEs       = "/rest/json/cves/2.0"
	PathCVEHistory = "/rest/json/cvehistory/2.0"
	PathCPEs       = "/rest/json/cpes/2.0"
	PathCPEMatch   = "/rest/json/cpematch/2.0"
	PathSource     = "/rest/json/source/2.0"
)

// An endpoint is what one of NVD's APIs has of its own; all else is shared.
type endpoint struct {
	path   string
	kind   vuln.Kind
	format string // the wrapper's `format`
	array  string // the wrapper's member that holds the records
	inner  string // the member of an element that is the record; "" when the element is
	most   int    // records in one answer: the default and the limit

	parameters []parameter
	// finish applies the rules that concern more than one parameter; nil when
	// there are none. Errors are problems.
	finish func(*request) error
	// resolve completes the query with what only the records can tell; nil when
	// there is nothing to tell.
	resolve func(context.Context, store.Reader, *request) error
	// derive answers from records of another kind while none of kind are kept;
	// nil when that cannot be done.
	derive func(context.Context, *handler, *request) ([][]byte, error)

	byName      map[string]int // index in parameters by name in lower case
	open, close string         // around each record
	head        string         // of the wrapper, from the format to before the time
}

// endpoints are all of them, by path.
func endpoints() map[string]*endpoint {
	all := make(map[string]*endpoint)
	for _, e := range []endpoint{cves(), cveHistory(), cpes(), cpeMatch(), sources()} {
		e.parameters = append(e.parameters, paging...)
		e.byName = indexByName(e.parameters)
		if e.inner != "" {
			e.open, e.close = `{"`+e.inner+`":`, `}`
		}
		e.head = `,"format":"` + e.format + `","version":"2.0","timestamp":"`
		all[e.path] = &e
	}
	return all
}
