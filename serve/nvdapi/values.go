package nvdapi

import (
	"strconv"
	"strings"
	"unicode"

	"vulnmirror/vuln"
)

const (
	maxIDs      = 100 // of cveIds
	maxStatuses = 20
	maxTerms    = 50 // runs of letters and digits in keywordSearch
)

func (r *request) readCVE(value string) error {
	id, ok := cveID(value)
	if !ok {
		return invalid("cveId")
	}
	r.id = id
	return nil
}

func (r *request) readCVEs(value string) error {
	items := list(value)
	if len(items) == 0 {
		return invalid("cveIds")
	}
	if len(items) > maxIDs {
		return problem("cveIds parameter cannot exceed " + strconv.Itoa(maxIDs) + " CVE IDs.")
	}
	for _, item := range items {
		id, ok := cveID(item)
		if !ok {
			return invalid("cveIds")
		}
		r.query.IDs = append(r.query.IDs, id)
	}
	return nil
}

// cveID accepts the form NVD does, in any case; other spellings that people
// type are mistakes here.
func cveID(s string) (string, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	return s, vuln.ValidCVE(s)
}

func (r *request) readTag(value string) error {
	switch value {
	case "disputed", "unsupported-when-assigned", "exclusively-hosted-service":
		r.query.Tag = value
		return nil
	}
	return invalid("cveTag")
}

func (r *request) readWeakness(value string) error {
	upper := strings.ToUpper(value)
	switch upper {
	case "NVD-CWE-OTHER":
		r.query.CWE = "NVD-CWE-Other"
		return nil
	case "NVD-CWE-NOINFO":
		r.query.CWE = "NVD-CWE-noinfo"
		return nil
	}
	number, ok := strings.CutPrefix(upper, "CWE-")
	if !ok || !digits(number) {
		return invalid("cweId")
	}
	r.query.CWE = upper
	return nil
}

func (r *request) readStatuses(value string) error {
	items := list(value)
	if len(items) == 0 || len(items) > maxStatuses || r.query.Statuses != nil {
		return invalid("vulnStatuses")
	}
	for _, item := range items {
		status, ok := status(item)
		if !ok {
			return invalid("vulnStatuses")
		}
		r.query.Statuses = append(r.query.Statuses, status)
	}
	return nil
}

// statuses known so far. The list is open: NVD adds to it without notice.
var statuses = []string{
	"Received", "Awaiting Analysis", "Undergoing Analysis", "Analyzed", "Modified", "Deferred", "Rejected",
}

// status turns AwaitingAnalysis into Awaiting Analysis, as records spell it.
func status(s string) (string, bool) {
	for _, known := range statuses {
		if strings.EqualFold(strings.ReplaceAll(known, " ", ""), strings.ReplaceAll(s, " ", "")) {
			return known, true
		}
	}
	var b strings.Builder
	for i, c := range s {
		if !unicode.IsLetter(c) && c != ' ' {
			return "", false
		}
		if i > 0 && unicode.IsUpper(c) && s[i-1] != ' ' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String(), true
}

func (r *request) dropRejected(string) error {
	r.query.NotStatuses = []string{"Rejected"}
	return nil
}

func (r *request) readSource(value string) error {
	if value == "" {
		return invalid("sourceIdentifier")
	}
	r.query.SourceIdentifier = value
	return nil
}

// readKeywords leaves out words without a letter or a digit, such as the & of
// "AT & T": descriptions are compared by words, and those are none.
func (r *request) readKeywords(value string) error {
	var words []string
	for _, word := range strings.Fields(value) {
		if strings.IndexFunc(word, wordRune) >= 0 {
			words = append(words, word)
		}
	}
	terms := strings.FieldsFunc(value, func(c rune) bool { return !wordRune(c) })
	if len(words) == 0 || len(terms) > maxTerms {
		return invalid("keywordSearch")
	}
	r.query.Words, r.keywords = words, strings.Join(words, " ")
	return nil
}

func wordRune(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }

// readPageSize refuses 0, which a client that pages by the size it gets back
// would repeat for ever.
func (r *request) readPageSize(value string) error {
	n, ok := number(value)
	if !ok || n == 0 {
		return invalid("resultsPerPage")
	}
	if n > r.of.most {
		return problem("resultsPerPage parameter cannot exceed " + strconv.Itoa(r.of.most) + ".")
	}
	r.size = n
	return nil
}

func (r *request) readStart(value string) error {
	n, ok := number(value)
	if !ok {
		return invalid("startIndex")
	}
	r.start = n
	return nil
}

// list splits at commas and drops empty items.
func list(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' })
}

// number reads a whole number without sign.
func number(s string) (int, bool) {
	if !digits(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
