package sim

import "strings"

// metrics40 lists the components of a CVSS 4.0 vector in the order of the
// specification (FIRST, CVSS v4.0, section 7), with the key names NVD uses now.
var metrics40 = append(base40(), []metric{
	{"exploitMaturity", "E", []string{"X", "A", "P", "U"}, []string{"NOT_DEFINED", "ATTACKED", "PROOF_OF_CONCEPT", "UNREPORTED"}},
	undefined("confidentialityRequirement", "CR"), undefined("integrityRequirement", "IR"), undefined("availabilityRequirement", "AR"),
	undefined("modifiedAttackVector", "MAV"), undefined("modifiedAttackComplexity", "MAC"), undefined("modifiedAttackRequirements", "MAT"),
	undefined("modifiedPrivilegesRequired", "MPR"), undefined("modifiedUserInteraction", "MUI"),
	undefined("modifiedVulnConfidentialityImpact", "MVC"), undefined("modifiedVulnIntegrityImpact", "MVI"), undefined("modifiedVulnAvailabilityImpact", "MVA"),
	undefined("modifiedSubConfidentialityImpact", "MSC"), undefined("modifiedSubIntegrityImpact", "MSI"), undefined("modifiedSubAvailabilityImpact", "MSA"),
	{"Safety", "S", []string{"X", "N", "P"}, []string{"NOT_DEFINED", "NEGLIGIBLE", "PRESENT"}},
	{"Automatable", "AU", []string{"X", "N", "Y"}, []string{"NOT_DEFINED", "NO", "YES"}},
	{"Recovery", "R", []string{"X", "A", "U", "I"}, []string{"NOT_DEFINED", "AUTOMATIC", "USER", "IRRECOVERABLE"}},
	{"valueDensity", "V", []string{"X", "D", "C"}, []string{"NOT_DEFINED", "DIFFUSE", "CONCENTRATED"}},
	{"vulnerabilityResponseEffort", "RE", []string{"X", "L", "M", "H"}, []string{"NOT_DEFINED", "LOW", "MODERATE", "HIGH"}},
	{"providerUrgency", "U", []string{"X", "Clear", "Green", "Amber", "Red"}, []string{"NOT_DEFINED", "CLEAR", "GREEN", "AMBER", "RED"}},
}...)

func base40() []metric {
	impact := func(key, short string) metric {
		return metric{key, short, []string{"N", "L", "H"}, impact3}
	}
	return []metric{
		{"attackVector", "AV", []string{"N", "L", "A", "P"}, []string{"NETWORK", "LOCAL", "ADJACENT", "PHYSICAL"}},
		{"attackComplexity", "AC", []string{"L", "H"}, []string{"LOW", "HIGH"}},
		{"attackRequirements", "AT", []string{"N", "P"}, []string{"NONE", "PRESENT"}},
		{"privilegesRequired", "PR", []string{"N", "L", "H"}, impact3},
		{"userInteraction", "UI", []string{"N", "P", "A"}, []string{"NONE", "PASSIVE", "ACTIVE"}},
		impact("vulnConfidentialityImpact", "VC"), impact("vulnIntegrityImpact", "VI"), impact("vulnAvailabilityImpact", "VA"),
		impact("subConfidentialityImpact", "SC"), impact("subIntegrityImpact", "SI"), impact("subAvailabilityImpact", "SA"),
	}
}

// undefined is a component nobody but the site itself can assess.
func undefined(key, short string) metric {
	return metric{key, short, []string{"X"}, []string{"NOT_DEFINED"}}
}

// legacyKeys40 maps key names to those NVD used in the first half of 2024.
var legacyKeys40 = map[string]string{
	"vulnConfidentialityImpact":         "vulnerableSystemConfidentiality",
	"vulnIntegrityImpact":               "vulnerableSystemIntegrity",
	"vulnAvailabilityImpact":            "vulnerableSystemAvailability",
	"subConfidentialityImpact":          "subsequentSystemConfidentiality",
	"subIntegrityImpact":                "subsequentSystemIntegrity",
	"subAvailabilityImpact":             "subsequentSystemAvailability",
	"confidentialityRequirement":        "confidentialityRequirements",
	"integrityRequirement":              "integrityRequirements",
	"availabilityRequirement":           "availabilityRequirements",
	"modifiedVulnConfidentialityImpact": "modifiedVulnerableSystemConfidentiality",
	"modifiedVulnIntegrityImpact":       "modifiedVulnerableSystemIntegrity",
	"modifiedVulnAvailabilityImpact":    "modifiedVulnerableSystemAvailability",
	"modifiedSubConfidentialityImpact":  "modifiedSubsequentSystemConfidentiality",
	"modifiedSubIntegrityImpact":        "modifiedSubsequentSystemIntegrity",
	"modifiedSubAvailabilityImpact":     "modifiedSubsequentSystemAvailability",
	"Safety":                            "safety",
	"Automatable":                       "automatable",
	"Recovery":                          "recovery",
}

// draw40 draws a vector: base metrics freely, exploit maturity sometimes, the
// supplemental ones seldom.
func draw40(d *dice) vector {
	v := vector{chosen: make([]int, len(metrics40))}
	supplemental := d.n(12) == 0
	var b strings.Builder
	b.WriteString("CVSS:4.0")
	for i, m := range metrics40 {
		switch {
		case i < 5 && d.n(2) == 0, m.short == "E" && d.n(3) == 0, i > 11 && supplemental:
			v.chosen[i] = d.n(len(m.letters))
		case i >= 5 && i < 8:
			v.chosen[i] = (1 + d.n(2) + d.n(2)*d.n(2)) % 3
		case i >= 8 && i < 11 && d.n(4) == 0:
			v.chosen[i] = d.n(3)
		}
		b.WriteString("/" + m.short + ":" + m.letters[v.chosen[i]])
	}
	v.text = b.String()
	return v
}
