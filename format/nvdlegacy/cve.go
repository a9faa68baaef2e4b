package nvdlegacy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// nvdItself is the source of what the old feeds said without naming one.
const nvdItself = "nvd@nist.gov"

// legacyCVE is one of CVE_Items, in 1.0 and in 1.1.
type legacyCVE struct {
	CVE struct {
		Meta struct {
			ID       string `json:"ID"`
			Assigner string `json:"ASSIGNER"`
		} `json:"CVE_data_meta"`
		ProblemType struct {
			Data []struct {
				Description []langText `json:"description"`
			} `json:"problemtype_data"`
		} `json:"problemtype"`
		References struct {
			Data []struct {
				URL  string   `json:"url"`
				Tags []string `json:"tags"`
			} `json:"reference_data"`
		} `json:"references"`
		Description struct {
			Data []langText `json:"description_data"`
		} `json:"description"`
	} `json:"cve"`
	Configurations struct {
		Nodes []legacyNode `json:"nodes"`
	} `json:"configurations"`
	Impact struct {
		V2 *struct {
			Data     jsontext.Value `json:"cvssV2"`
			Severity string         `json:"severity"`
			metricDetails
		} `json:"baseMetricV2"`
		V3 *struct {
			Data jsontext.Value `json:"cvssV3"`
			metricDetails
		} `json:"baseMetricV3"`
	} `json:"impact"`
	Published    string `json:"publishedDate"`
	LastModified string `json:"lastModifiedDate"`
}

// The members of a record 2.0, in NVD's order.
type (
	cveBody struct {
		ID               string        `json:"id"`
		SourceIdentifier string        `json:"sourceIdentifier,omitzero"`
		Published        string        `json:"published,omitzero"`
		LastModified     string        `json:"lastModified"`
		Status           string        `json:"vulnStatus,omitzero"`
		Tags             []tagBody     `json:"cveTags"`
		Descriptions     []langText    `json:"descriptions"`
		Metrics          metricsBody   `json:"metrics"`
		Weaknesses       []cweBody     `json:"weaknesses,omitempty"`
		Configurations   []configBody  `json:"configurations,omitempty"`
		References       []referenceOf `json:"references"`
	}
	tagBody struct {
		SourceIdentifier string   `json:"sourceIdentifier,omitzero"`
		Tags             []string `json:"tags"`
	}
	langText struct {
		Lang  string `json:"lang,omitzero"`
		Value string `json:"value"`
	}
	metricsBody struct {
		V31 []metricBody `json:"cvssMetricV31,omitempty"`
		V30 []metricBody `json:"cvssMetricV30,omitempty"`
		V2  []metricBody `json:"cvssMetricV2,omitempty"`
	}
	metricBody struct {
		Source   string         `json:"source"`
		Type     string         `json:"type"`
		Data     jsontext.Value `json:"cvssData"`
		Severity string         `json:"baseSeverity,omitzero"`
		metricDetails
	}
	// metricDetails are spelled the same before and after.
	metricDetails struct {
		Exploitability  jsontext.Value `json:"exploitabilityScore,omitzero"`
		Impact          jsontext.Value `json:"impactScore,omitzero"`
		Insufficient    jsontext.Value `json:"acInsufInfo,omitzero"`
		ObtainAll       jsontext.Value `json:"obtainAllPrivilege,omitzero"`
		ObtainUser      jsontext.Value `json:"obtainUserPrivilege,omitzero"`
		ObtainOther     jsontext.Value `json:"obtainOtherPrivilege,omitzero"`
		UserInteraction jsontext.Value `json:"userInteractionRequired,omitzero"`
	}
	cweBody struct {
		Source      string     `json:"source"`
		Type        string     `json:"type"`
		Description []langText `json:"description"`
	}
	referenceOf struct {
		URL    string   `json:"url"`
		Source string   `json:"source,omitzero"`
		Tags   []string `json:"tags,omitempty"`
	}
)

// convertCVE makes a record 2.0 of one of CVE_Items.
func convertCVE(raw jsontext.Value) (vuln.Record, error) {
	var old legacyCVE
	if err := json.Unmarshal(raw, &old, tolerant); err != nil {
		return vuln.Record{ID: old.CVE.Meta.ID}, fmt.Errorf("not of the shape expected: %w", err)
	}
	body := cveBody{
		ID: old.CVE.Meta.ID, SourceIdentifier: old.CVE.Meta.Assigner,
		Descriptions: old.CVE.Description.Data,
		Weaknesses:   old.weaknesses(), References: old.references(),
	}
	modified, err := parseMinute(old.LastModified)
	if err != nil {
		return vuln.Record{ID: body.ID}, fmt.Errorf("lastModifiedDate: %w", err)
	}
	body.LastModified = vuln.FormatTime(modified)
	if published, err := parseMinute(old.Published); err == nil {
		body.Published = vuln.FormatTime(published)
	}
	body.Status, body.Tags = old.marks()
	var drift, deep []string
	body.Metrics, drift = old.metrics()
	body.Configurations, deep = configurations(old.Configurations.Nodes)
	record, err := convertedFrom(nvd.FormatCVE, body)
	record.Drift = append(record.Drift, slices.Concat(drift, deep)...)
	return record, err
}

// convertedFrom spells body as JSON and reads it as NVD's own are read.
func convertedFrom(format string, body any) (vuln.Record, error) {
	text, err := json.Marshal(body, tolerant)
	if err != nil {
		return vuln.Record{}, err
	}
	record, err := nvd.Decode(format, text)
	record.Converted = true
	return record, err
}

func (c *legacyCVE) weaknesses() []cweBody {
	var out []cweBody
	for _, p := range c.CVE.ProblemType.Data {
		if len(p.Description) > 0 {
			out = append(out, cweBody{nvdItself, "Primary", p.Description})
		}
	}
	return out
}

func (c *legacyCVE) references() []referenceOf {
	out := make([]referenceOf, len(c.CVE.References.Data))
	for i, r := range c.CVE.References.Data {
		out[i] = referenceOf{r.URL, c.CVE.Meta.Assigner, r.Tags}
	}
	return out
}

// markedTags are the tags that MITRE wrote at the beginning of descriptions
// before there were tags.
var markedTags = []struct{ mark, tag string }{
	{"** DISPUTED **", "disputed"},
	{"** UNSUPPORTED WHEN ASSIGNED **", "unsupported-when-assigned"},
	{"** UNSUPPPORTED WHEN ASSIGNED **", "unsupported-when-assigned"}, // often misspelled so
}

// marks reads the status and the tags that the English description begins with.
func (c *legacyCVE) marks() (status string, tags []tagBody) {
	i := slices.IndexFunc(c.CVE.Description.Data, func(t langText) bool { return t.Lang == "en" })
	if i < 0 {
		return "", nil
	}
	text := strings.TrimSpace(c.CVE.Description.Data[i].Value)
	if strings.HasPrefix(text, "** REJECT **") || strings.HasPrefix(text, "Rejected reason:") {
		return "Rejected", nil // the second is how it was put from 2023 on
	}
	var names []string
	for found := true; found; {
		found = false
		for _, m := range markedTags {
			if rest, ok := strings.CutPrefix(text, m.mark); ok {
				names, text, found = append(names, m.tag), strings.TrimSpace(rest), true
			}
		}
	}
	if names != nil {
		tags = []tagBody{{c.CVE.Meta.Assigner, names}}
	}
	return "", tags
}

func (c *legacyCVE) metrics() (out metricsBody, drift []string) {
	if v2 := c.Impact.V2; v2 != nil && v2.Data != nil {
		out.V2 = []metricBody{{nvdItself, "Primary", v2.Data, v2.Severity, v2.metricDetails}}
	}
	v3 := c.Impact.V3
	if v3 == nil || v3.Data == nil {
		return out, nil
	}
	var data struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(v3.Data, &data, tolerant); err != nil {
		return out, []string{"shape of impact.baseMetricV3.cvssV3"}
	}
	metric := []metricBody{{nvdItself, "Primary", v3.Data, "", v3.metricDetails}}
	switch data.Version {
	case "3.1":
		out.V31 = metric
	case "3.0":
		out.V30 = metric
	default:
		drift = []string{"impact.baseMetricV3 of version " + data.Version}
	}
	return out, drift
}
