package nvd

import (
	"encoding/json"

	json2 "github.com/go-json-experiment/json"

	"vulnmirror/vuln"
)

// Score is one CVSS assessment of a record.
type Score struct {
	Version  string // of CVSS: "2.0", "3.0", "3.1" or "4.0"
	Source   string // who assessed, e.g. "nvd@nist.gov"
	Type     string // "Primary" or "Secondary"
	Vector   string
	Base     float64 // 0.0 to 10.0, as stated, never computed
	Severity string  // as stated, e.g. "CRITICAL"

	Exploitability float64 // subscore; 0 when not stated, as in CVSS 4
	Impact         float64 // subscore; 0 when not stated, as in CVSS 4

	// Raw is the whole assessment as it came, with every metric in cvssData.
	Raw json.RawMessage
}

// SSVC is one decision of CISA's Stakeholder-Specific Vulnerability
// Categorization.
type SSVC struct {
	Source string          `json:"source"`
	Data   json.RawMessage `json:"ssvcData"` // as it came
}

// scoreKinds are the members of metrics that hold scores, newest CVSS first.
var scoreKinds = [...]struct{ member, version string }{
	{"cvssMetricV40", "4.0"}, {"cvssMetricV31", "3.1"}, {"cvssMetricV30", "3.0"}, {"cvssMetricV2", "2.0"},
}

const ssvcKind = "ssvcV203"

// Metrics returns all CVSS assessments, those of newer versions of CVSS first,
// within a version in the order they came.
func (c CVE) Metrics() []Score {
	kinds := c.metrics()
	var out []Score
	for _, kind := range scoreKinds {
		scores, err := readScores(kinds[kind.member], kind.version)
		if err == nil {
			out = append(out, scores...)
		}
	}
	return out
}

// Best returns the one score to show when there is room for one only; false
// when there is none. CVSS 3 and 4 come before CVSS 2, then the NVD's own
// assessment, another primary one, the reporter's, CISA's, then newer versions
// of CVSS.
func (c CVE) Best() (Score, bool) {
	scores := c.Metrics()
	plain := make([]vuln.Score, len(scores))
	for i, s := range scores {
		plain[i] = vuln.Score{Version: s.Version, Scorer: s.Source, Type: s.Type}
	}
	best := vuln.BestScore(plain)
	for i := range plain {
		if best == &plain[i] {
			return scores[i], true
		}
	}
	return Score{}, false
}

// SSVC returns the SSVC decisions. Records have them since June 2026.
func (c CVE) SSVC() []SSVC {
	var out []SSVC
	if value, ok := c.metrics()[ssvcKind]; !ok || json2.Unmarshal(value, &out, tolerant) != nil {
		return nil
	}
	return out
}

func (c CVE) metrics() map[string]json.RawMessage {
	return read[map[string]json.RawMessage](c.object, "metrics")
}

// readMetrics reads a metrics member whole.
func readMetrics(value []byte) error {
	var kinds map[string]json.RawMessage
	if err := json2.Unmarshal(value, &kinds, tolerant); err != nil {
		return err
	}
	for _, kind := range scoreKinds {
		if _, err := readScores(kinds[kind.member], kind.version); err != nil {
			return err
		}
	}
	if ssvc, ok := kinds[ssvcKind]; ok {
		return as[[]SSVC](ssvc)
	}
	return nil
}

// readScores reads the scores of one version of CVSS. CVSS 2 states its
// severity beside cvssData, the others in it.
func readScores(value json.RawMessage, version string) ([]Score, error) {
	if value == nil {
		return nil, nil
	}
	var raw []json.RawMessage
	if err := json2.Unmarshal(value, &raw, tolerant); err != nil {
		return nil, err
	}
	out := make([]Score, len(raw))
	for i, one := range raw {
		var s struct {
			Source         string  `json:"source"`
			Type           string  `json:"type"`
			Severity       string  `json:"baseSeverity"`
			Exploitability float64 `json:"exploitabilityScore"`
			Impact         float64 `json:"impactScore"`
			Data           struct {
				Vector   string  `json:"vectorString"`
				Base     float64 `json:"baseScore"`
				Severity string  `json:"baseSeverity"`
			} `json:"cvssData"`
		}
		if err := json2.Unmarshal(one, &s, tolerant); err != nil {
			return nil, err
		}
		if s.Data.Severity != "" {
			s.Severity = s.Data.Severity
		}
		out[i] = Score{
			Version: version, Source: s.Source, Type: s.Type,
			Vector: s.Data.Vector, Base: s.Data.Base, Severity: s.Severity,
			Exploitability: s.Exploitability, Impact: s.Impact, Raw: one,
		}
	}
	return out, nil
}
