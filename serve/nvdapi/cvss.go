package nvdapi

import (
	"slices"
	"strings"

	"vulnmirror/store"
)

// A cvssVersion is one of the three versions that requests tell apart.
type cvssVersion struct {
	name       string // in parameter names
	versions   []string
	severities []string
	metrics    map[string]string // allowed values by metric, separated by spaces
}

// The metrics are those of the CVSS v2.0 guide (section 2.4), the v3.1
// specification (section 6; v3.0 has the same) and the v4.0 specification
// (section 7), all at https://www.first.org/cvss/.
var (
	cvss2 = &cvssVersion{
		name:       "cvssV2",
		versions:   []string{"2.0"},
		severities: []string{"LOW", "MEDIUM", "HIGH"},
		metrics: map[string]string{
			"AV": "L A N", "AC": "H M L", "Au": "M S N", "C": "N P C", "I": "N P C", "A": "N P C",
			"E": "U POC F H ND", "RL": "OF TF W U ND", "RC": "UC UR C ND",
			"CDP": "N L LM MH H ND", "TD": "N L M H ND", "CR": "L M H ND", "IR": "L M H ND", "AR": "L M H ND",
		},
	}
	cvss3 = &cvssVersion{
		name:       "cvssV3",
		versions:   []string{"3.0", "3.1"},
		severities: []string{"LOW", "MEDIUM", "HIGH", "CRITICAL"},
		metrics: map[string]string{
			"AV": "N A L P", "AC": "L H", "PR": "N L H", "UI": "N R", "S": "U C", "C": "H L N", "I": "H L N", "A": "H L N",
			"E": "X U P F H", "RL": "X O T W U", "RC": "X U R C", "CR": "X L M H", "IR": "X L M H", "AR": "X L M H",
			"MAV": "X N A L P", "MAC": "X L H", "MPR": "X N L H", "MUI": "X N R", "MS": "X U C",
			"MC": "X N L H", "MI": "X N L H", "MA": "X N L H",
		},
	}
	cvss4 = &cvssVersion{
		name:       "cvssV4",
		versions:   []string{"4.0"},
		severities: []string{"LOW", "MEDIUM", "HIGH", "CRITICAL"},
		metrics: map[string]string{
			"AV": "N A L P", "AC": "L H", "AT": "N P", "PR": "N L H", "UI": "N P A",
			"VC": "H L N", "VI": "H L N", "VA": "H L N", "SC": "H L N", "SI": "H L N", "SA": "H L N",
			"E": "X A P U", "CR": "X H M L", "IR": "X H M L", "AR": "X H M L",
			"MAV": "X N A L P", "MAC": "X L H", "MAT": "X N P", "MPR": "X N L H", "MUI": "X N P A",
			"MVC": "X H L N", "MVI": "X H L N", "MVA": "X H L N", "MSC": "X H L N", "MSI": "X S H L N", "MSA": "X S H L N",
			"S": "X N P", "AU": "X N Y", "R": "X A U I", "V": "X D C", "RE": "X L M H", "U": "X Clear Green Amber Red",
		},
	}
)

// filter gives the request's filter on scores of version v. All parameters of
// one request must be of the same version.
func (v *cvssVersion) filter(r *request) (*store.CVSSFilter, error) {
	switch r.cvss {
	case nil:
		r.cvss, r.query.CVSS = v, &store.CVSSFilter{Versions: v.versions}
	case v:
	default:
		return nil, problem("Only one CVSS version can be asked for: " + r.cvss.name + " and " + v.name + " cannot be combined.")
	}
	return r.query.CVSS, nil
}

func (v *cvssVersion) readSeverity(r *request, value string) error {
	severity := strings.ToUpper(value)
	if !slices.Contains(v.severities, severity) {
		return invalid(v.name + "Severity")
	}
	filter, err := v.filter(r)
	if err != nil {
		return err
	}
	filter.Severity = severity
	return nil
}

// readMetrics accepts a vector or part of one. A leading CVSS:3.1/ is a
// component like the others: it narrows to that version.
func (v *cvssVersion) readMetrics(r *request, value string) error {
	filter, err := v.filter(r)
	if err != nil {
		return err
	}
	if open, ok := strings.CutPrefix(value, "("); ok && v == cvss2 {
		value = strings.TrimSuffix(open, ")")
	}
	if rest, ok := strings.CutPrefix(value, "CVSS:"); ok {
		version, metrics, _ := strings.Cut(rest, "/")
		if v == cvss2 || !slices.Contains(v.versions, version) {
			return invalid(v.name + "Metrics")
		}
		filter.Versions, value = []string{version}, metrics
	}
	seen := map[string]bool{}
	for component := range strings.SplitSeq(value, "/") {
		metric, grade, _ := strings.Cut(component, ":")
		if seen[metric] || !slices.Contains(strings.Fields(v.metrics[metric]), grade) {
			return invalid(v.name + "Metrics")
		}
		seen[metric] = true
		filter.Metrics = append(filter.Metrics, component)
	}
	return nil
}
