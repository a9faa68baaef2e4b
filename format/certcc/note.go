package certcc

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// note is what is read of a note, under the API's names.
type note struct {
	ID         string  `json:"vuid"`
	Name       string  `json:"name"`
	Keywords   listed  `json:"keywords"`
	Overview   string  `json:"overview"`
	Details    string  `json:"clean_desc"`
	Impact     string  `json:"impact"`
	Resolution string  `json:"resolution"`
	Workaround string  `json:"workarounds"`
	Affected   string  `json:"sysaffected"`
	Public     listed  `json:"public"`
	CVEs       listed  `json:"cveids"`
	TechAlert  listed  `json:"uscerttechnicalalert"`
	Published  string  `json:"datefirstpublished"`
	Updated    string  `json:"dateupdated"`
	Score      number  `json:"cvss_basescore"`
	Vector     string  `json:"cvss_basevector"`
	Entries    []entry `json:"vuls"` // attached

	Unknown map[string]jsontext.Value `json:",embed"`
}

// entry is one vulnerability of a note.
type entry struct {
	CVE         string `json:"cve"` // without CVE-
	Description string `json:"description"`
}

// archived is a note under the names of the archive. What both generations say
// in the same words stands beside what only one has.
type archived struct {
	ID         string `json:"ID"`
	Name       string `json:"Title"`
	Keywords   listed `json:"Keywords"`
	Overview   string `json:"Overview"`
	Details    string `json:"Description"`
	Impact     string `json:"Impact"`
	Resolution string `json:"Resolution"`
	Workaround string `json:"Workarounds"`
	Affected   string `json:"SystemsAffectedPreamble"`
	Public     listed `json:"References"`
	CVEs       listed `json:"CVEIDs"`
	TechAlert  listed `json:"US-CERTTechnicalAlert"`
	Published  string `json:"DateFirstPublished"`
	Updated    string `json:"DateLastUpdated"`
	Score      number `json:"CVSS_BaseScore"`
	Vector     string `json:"CVSS_BaseVector"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

func (a *archived) note() note {
	return note{
		ID: a.ID, Name: a.Name, Keywords: a.Keywords,
		Overview: a.Overview, Details: a.Details, Impact: a.Impact, Resolution: a.Resolution,
		Workaround: a.Workaround, Affected: a.Affected,
		Public: a.Public, CVEs: a.CVEs, TechAlert: a.TechAlert, Published: a.Published, Updated: a.Updated,
		Score: a.Score, Vector: a.Vector, Unknown: a.Unknown,
	}
}

// silent are members known to exist and not read.
var silent = []string{
	"idnumber", "thanks", "thanksandcredit", "author", "certadvisory", "datecreated", "publicdate", "datepublic", "revision",
	"ipprotocol", "metric", "vulnote", "vulnerabilitycount", "vendors", "vendorsvuls",
}

func known(name string) bool {
	name = strings.ToLower(name)
	for _, group := range []string{"vrda_", "cam_", "cvss_"} {
		if strings.HasPrefix(name, group) {
			return true
		}
	}
	for _, s := range silent {
		if name == s {
			return true
		}
	}
	return false
}

// listed is a list of texts, which both generations also write as one text, or
// as null.
type listed []string

// UnmarshalJSONFrom reads a list.
func (l *listed) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '[':
		return json.UnmarshalDecode(dec, (*[]string)(l))
	case '"':
		var one string
		if err := json.UnmarshalDecode(dec, &one); err != nil {
			return err
		}
		*l = nil
		if one != "" {
			*l = listed{one}
		}
		return nil
	default:
		return empty(dec)
	}
}

// number is a number, which the archive writes as "" when there is none.
type number float64

// UnmarshalJSONFrom reads a number.
func (n *number) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '0':
		return json.UnmarshalDecode(dec, (*float64)(n))
	case '"':
		return dec.SkipValue()
	default:
		return empty(dec)
	}
}

// empty passes a null.
func empty(dec *jsontext.Decoder) error {
	if kind := dec.PeekKind(); kind != 'n' {
		return fmt.Errorf("unexpected %s", kind)
	}
	return dec.SkipValue()
}
