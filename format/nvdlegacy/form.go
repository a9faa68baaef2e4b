package nvdlegacy

// Form is what a document was recognised as.
type Form string

// The forms known.
const (
	CVE10        Form = "cve-1.0"
	CVE11        Form = "cve-1.1"
	Match10      Form = "cpematch-1.0"
	Dictionary22 Form = "cpe-xml-2.2"
	Dictionary23 Form = "cpe-xml-2.3"

	CVE20        Form = "cve-2.0"
	CPE20        Form = "cpe-2.0"
	Match20      Form = "cpematch-2.0"
	Source20     Form = "source-2.0"
	CVEHistory20 Form = "cvehistory-2.0"
)

// Converted reports whether records of this form are converted to the shape 2.0.
func (f Form) Converted() bool {
	switch f {
	case CVE10, CVE11, Match10, Dictionary22, Dictionary23:
		return true
	}
	return false
}

// native forms by the name of the array that holds the records.
var native = map[string]Form{
	"vulnerabilities": CVE20,
	"products":        CPE20,
	"matchStrings":    Match20,
	"sources":         Source20,
	"cveChanges":      CVEHistory20,
}
