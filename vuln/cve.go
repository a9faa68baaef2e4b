package vuln

import (
	"errors"
	"strings"
)

// ErrBadCVE reports text that is not a CVE identifier.
var ErrBadCVE = errors.New("not a CVE identifier (expected CVE-YYYY-NNNN, at least four digits)")

// FirstFeedYear is the oldest year NVD publishes a feed for; records with older
// identifiers are in that feed too.
const FirstFeedYear = 2002

var cveDashes = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2212", "-")

// ParseCVE turns the spellings people type or publish (lower case, CAN-…, no
// prefix, typographic dashes, surrounding space) into the form CVE-YYYY-NNNN,
// or fails with ErrBadCVE.
func ParseCVE(s string) (string, error) {
	s = strings.ToUpper(strings.TrimSpace(cveDashes.Replace(s)))
	if rest, ok := strings.CutPrefix(s, "CAN-"); ok {
		s = "CVE-" + rest
	} else if !strings.HasPrefix(s, "CVE-") {
		s = "CVE-" + s
	}
	if !ValidCVE(s) {
		return "", ErrBadCVE
	}
	return s, nil
}

// ValidCVE reports whether s has exactly the form CVE-YYYY-NNNN with four or
// more digits at the end (schema cve_api_json_2.0, cve_id).
func ValidCVE(s string) bool {
	if len(s) < len("CVE-2000-0001") || s[:4] != "CVE-" || s[8] != '-' {
		return false
	}
	return digits(s[4:8]) && digits(s[9:])
}

// FeedYear tells in which of NVD's year feeds a record belongs: the year of its
// identifier, 2002 for older ones, and 0 for text that is no CVE identifier.
func FeedYear(id string) int {
	if !ValidCVE(id) {
		return 0
	}
	year := 0
	for _, c := range []byte(id[4:8]) {
		year = year*10 + int(c-'0')
	}
	return max(year, FirstFeedYear)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
