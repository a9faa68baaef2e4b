package mitrexml

import "strings"

// Number reads the number of an entry in the spellings people and files use
// ("79", "cwe-79", "CWE79", "CWE-79: Title", "d3f:CWE-79", the address of its
// page) and returns the identifier with its prefix, e.g. "CWE-79".
func Number(prefix, s string) (string, bool) {
	s = strings.TrimSpace(s)
	if _, page, found := strings.Cut(s, ".mitre.org/data/definitions/"); found {
		s = strings.TrimSuffix(page, ".html")
	}
	s = dashes.Replace(strings.ToUpper(strings.TrimPrefix(s, "d3f:")))
	s = strings.TrimLeft(strings.TrimPrefix(s, prefix), "-_ ")
	end := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' })
	if end < 0 {
		end = len(s)
	}
	number, rest := strings.TrimLeft(s[:end], "0"), s[end:]
	if number == "" || len(number) > 6 || rest != "" && rest[0] != ':' && rest[0] != ' ' {
		return "", false
	}
	return prefix + "-" + number, true
}

var dashes = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2212", "-")
