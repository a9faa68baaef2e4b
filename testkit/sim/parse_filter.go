package sim

import (
	"net/url"
	"regexp"
	"strings"

	"vulnmirror/vuln"
)

// readFilter reads what the endpoints beside the CVE one can be asked for. Each
// value is checked as far as NVD is known to check it.
func readFilter(q url.Values, p *page) string {
	for _, text := range []struct {
		name string
		to   *string
		ok   func(string) bool
	}{
		{"cveId", &p.cve, vuln.ValidCVE},
		{"cpeNameId", &p.id, validUUID},
		{"sourceIdentifier", &p.id, notEmpty},
		{"eventName", &p.event, notEmpty},
	} {
		if message := readText(q, text.name, text.to, text.ok); message != "" {
			return message
		}
	}
	criteria := &p.id
	if p.kind == CPEs {
		criteria = &p.criteria
	}
	if message := readText(q, "matchCriteriaId", criteria, validUUID); message != "" {
		return message
	}
	for _, name := range []string{"cpeMatchString", "matchStringSearch"} {
		var text string
		if message := readText(q, name, &text, validPattern); message != "" {
			return message
		}
		if text != "" {
			p.pattern = strings.Split(text, ":")
		}
	}
	if p.event == "CVE Received" { // as the documentation has it
		p.event = cveReceived.String()
	}
	return readDuring(q, p)
}

func readDuring(q url.Values, p *page) string {
	prefix := "lastMod"
	if p.kind == Changes {
		prefix = "change"
	}
	var message string
	p.during, message = readSpan(q, prefix)
	return message
}

func readText(q url.Values, name string, to *string, ok func(string) bool) string {
	if !q.Has(name) {
		return ""
	}
	if *to = q.Get(name); !ok(*to) {
		return "Invalid " + name + " parameter."
	}
	return ""
}

var uuid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

func validUUID(s string) bool { return uuid.MatchString(s) }

func notEmpty(s string) bool { return s != "" }

// cpeParts is how many components a CPE 2.3 formatted string has, its two
// leading ones included.
const cpeParts = 13

func validPattern(s string) bool {
	return strings.HasPrefix(s, "cpe:2.3:") && strings.Count(s, ":") < cpeParts
}
