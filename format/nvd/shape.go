package nvd

// The values of Header.Format.
const (
	FormatCVE       = "NVD_CVE"
	FormatCPE       = "NVD_CPE"
	FormatCPEMatch  = "NVD_CPEMatchString"
	FormatSource    = "NVD_SOURCE"
	FormatCVEChange = "NVD_CVEHistory"
)

// shape is how documents of one format hold their records.
type shape struct {
	format string
	array  string
	inner  string // the member of an element that is the record; "" when the element is
}

// shapes by the name of the array.
var shapes = map[string]shape{
	"vulnerabilities": {FormatCVE, "vulnerabilities", "cve"},
	"products":        {FormatCPE, "products", "cpe"},
	"matchStrings":    {FormatCPEMatch, "matchStrings", "matchString"},
	"sources":         {FormatSource, "sources", ""},
	"cveChanges":      {FormatCVEChange, "cveChanges", "change"},
}
