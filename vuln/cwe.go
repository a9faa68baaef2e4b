package vuln

import "strings"

// NormalCWE turns the spellings people type for a weakness ("79", "cwe-79")
// into the one records use ("CWE-79"). NVD's own "NVD-CWE-Other" and
// "NVD-CWE-noinfo" are recognised in any case; other text is returned in upper
// case.
func NormalCWE(s string) string {
	s = strings.TrimSpace(s)
	for _, own := range []string{"NVD-CWE-Other", "NVD-CWE-noinfo"} {
		if strings.EqualFold(s, own) {
			return own
		}
	}
	s = strings.ToUpper(s)
	if digits(s) {
		return "CWE-" + s
	}
	return s
}
