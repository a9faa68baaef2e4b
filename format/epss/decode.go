package epss

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// Score is what a row says, as spelled.
type Score struct {
	CVE          string `json:"cve"`
	EPSS         string `json:"epss"`       // probability of exploitation in the next 30 days, 0 to 1
	Percentile   string `json:"percentile"` // of all scores that day, 0 to 1; "" before September 2021
	ModelVersion string `json:"model_version"`
	ScoreDate    string `json:"score_date"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// ParseScore reads the body of a record.
func ParseScore(body []byte) (Score, error) {
	var s Score
	if err := json.Unmarshal(body, &s); err != nil {
		return Score{}, fmt.Errorf("not a row of EPSS: %w", err)
	}
	return s, nil
}

// Decode reads one row, as Reader.Next returns it, and keeps body as the
// record's Body. It was modified on the day of its score.
func Decode(body []byte) (vuln.Record, error) {
	s, err := ParseScore(body)
	if err != nil {
		return vuln.Record{}, err
	}
	id, err := vuln.ParseCVE(s.CVE)
	if err != nil {
		return vuln.Record{}, fmt.Errorf("cve %q is %w", s.CVE, err)
	}
	for _, number := range []string{s.EPSS, s.Percentile} {
		if number == "" && s.EPSS != "" {
			continue
		}
		if p, err := strconv.ParseFloat(number, 64); err != nil || !(p >= 0 && p <= 1) {
			return vuln.Record{ID: id}, fmt.Errorf("%q is no number from 0 to 1", number)
		}
	}
	title := "EPSS " + s.EPSS
	if s.Percentile != "" {
		title += ", percentile " + s.Percentile
	}
	return vuln.Record{
		Kind: vuln.KindEPSS, ID: id, Modified: moment(s.ScoreDate), Title: title,
		Facts: vuln.Facts{Links: []vuln.Link{{Kind: vuln.KindCVE, ID: id, Rule: "cve"}}},
		Drift: s.drift(), Body: body,
	}, nil
}

func (s *Score) drift() []string {
	var drift []string
	for name := range s.Unknown {
		drift = append(drift, "field epss."+name)
	}
	slices.Sort(drift)
	return drift
}

// ParseID normalises a CVE identifier in any spelling people use.
func ParseID(s string) (string, bool) {
	id, err := vuln.ParseCVE(s)
	return id, err == nil
}
