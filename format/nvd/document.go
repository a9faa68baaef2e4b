package nvd

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// document is what DecodeCVE reads of a cve object.
type document struct {
	ID               string
	SourceIdentifier string
	Published        string
	LastModified     string
	VulnStatus       string
	CVETags          []documentTag
	Descriptions     []documentText
	Metrics          documentMetrics
	Weaknesses       []documentCWE
	Configurations   []documentConfig
	References       []documentLink
	KEVAdded         string
	KEVDue           string
	KEVAction        string
	KEVName          string

	unknown []string // names of members not listed in member
}

// member returns where the value of a member belongs; nil for one that is known
// to exist and not read, and false for one that is news.
func (d *document) member(name string) (any, bool) {
	switch name {
	case "id":
		return &d.ID, true
	case "sourceIdentifier":
		return &d.SourceIdentifier, true
	case "published":
		return &d.Published, true
	case "lastModified":
		return &d.LastModified, true
	case "vulnStatus":
		return &d.VulnStatus, true
	case "cveTags":
		return &d.CVETags, true
	case "descriptions":
		return &d.Descriptions, true
	case "metrics":
		return &d.Metrics, true
	case "weaknesses":
		return &d.Weaknesses, true
	case "configurations":
		return &d.Configurations, true
	case "references":
		return &d.References, true
	case "cisaExploitAdd":
		return &d.KEVAdded, true
	case "cisaActionDue":
		return &d.KEVDue, true
	case "cisaRequiredAction":
		return &d.KEVAction, true
	case "cisaVulnerabilityName":
		return &d.KEVName, true
	case "affected", "evaluatorComment", "evaluatorSolution", "evaluatorImpact", "vendorComments":
		return nil, true
	}
	return nil, false
}

// UnmarshalJSONFrom reads a cve object.
func (d *document) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return members(dec, d.member, &d.unknown)
}

// documentMetrics are the assessments of a record, by kind.
type documentMetrics struct {
	V40, V31, V30, V2 []documentScore

	unknown []string
}

func (m *documentMetrics) member(name string) (any, bool) {
	switch name {
	case "cvssMetricV40":
		return &m.V40, true
	case "cvssMetricV31":
		return &m.V31, true
	case "cvssMetricV30":
		return &m.V30, true
	case "cvssMetricV2":
		return &m.V2, true
	case "ssvcV203":
		return nil, true
	}
	return nil, false
}

// UnmarshalJSONFrom reads a metrics object.
func (m *documentMetrics) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return members(dec, m.member, &m.unknown)
}

// members reads an object member by member and notes the names that are news.
func members(dec *jsontext.Decoder, member func(string) (any, bool), unknown *[]string) error {
	if kind := dec.PeekKind(); kind != '{' {
		return fmt.Errorf("expected an object, found %s", kind)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		into, known := member(token.String())
		if !known {
			*unknown = append(*unknown, token.String())
		}
		if into == nil {
			err = dec.SkipValue()
		} else {
			err = json.UnmarshalDecode(dec, into)
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

type documentTag struct {
	Source string   `json:"sourceIdentifier"`
	Tags   []string `json:"tags"`
}

type documentText struct {
	Lang  string `json:"lang"`
	Value string `json:"value"`
}

// documentScore has the severity twice: CVSS 2 states it beside cvssData.
type documentScore struct {
	Source   string `json:"source"`
	Type     string `json:"type"`
	Severity string `json:"baseSeverity"`
	Data     struct {
		Version  string  `json:"version"`
		Vector   string  `json:"vectorString"`
		Base     float64 `json:"baseScore"`
		Severity string  `json:"baseSeverity"`
	} `json:"cvssData"`
}

type documentCWE struct {
	Source      string         `json:"source"`
	Type        string         `json:"type"`
	Description []documentText `json:"description"`
}

type documentConfig struct {
	Operator string `json:"operator"`
	Negate   bool   `json:"negate"`
	Nodes    []struct {
		Operator string `json:"operator"`
		Negate   bool   `json:"negate"`
		CPEMatch []struct {
			Vulnerable            bool   `json:"vulnerable"`
			Criteria              string `json:"criteria"`
			ID                    string `json:"matchCriteriaId"`
			VersionStartIncluding string `json:"versionStartIncluding"`
			VersionStartExcluding string `json:"versionStartExcluding"`
			VersionEndIncluding   string `json:"versionEndIncluding"`
			VersionEndExcluding   string `json:"versionEndExcluding"`
		} `json:"cpeMatch"`
	} `json:"nodes"`
}

type documentLink struct {
	URL    string   `json:"url"`
	Source string   `json:"source"`
	Tags   []string `json:"tags"`
}
