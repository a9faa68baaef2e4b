package attack

import (
	"regexp"
	"strings"

	"vulnmirror/format/stix"
)

// letters are what the ids of a type of object begin with.
var letters = map[string]string{
	"attack-pattern":             "T",
	"x-mitre-tactic":             "TA",
	"course-of-action":           "M",
	"intrusion-set":              "G",
	"malware":                    "S",
	"tool":                       "S",
	"campaign":                   "C",
	"x-mitre-data-source":        "DS",
	"x-mitre-data-component":     "DC",
	"x-mitre-detection-strategy": "DET",
	"x-mitre-analytic":           "AN",
	"x-mitre-asset":              "A",
}

const (
	matrix = "x-mitre-matrix"
	apart  = "mitre-ics-attack"
)

// origins are the names external_references give to ATT&CK itself.
var origins = map[string]bool{
	"mitre-attack": true, "mitre-mobile-attack": true, "mitre-ics-attack": true, "mitre-pre-attack": true,
}

// identify returns the id of a record, "" for an object that has none.
//
// Mitigations once had the ids of the techniques they were for, and a matrix that
// was replaced has the name of its successor. The ids of objects that are not what
// their letters say, and of deprecated matrices, therefore have their type in
// front: course-of-action:T1066. Software of ICS was counted apart once; where
// that number is still the id, it is mitre-ics-attack:S0017.
func identify(o *stix.Object) string {
	for _, ref := range o.References {
		if !origins[ref.Source] || ref.ID == "" {
			continue
		}
		if o.Type == matrix {
			if o.Retired() {
				return matrix + ":" + ref.ID
			}
			return ref.ID
		}
		id := strings.ToUpper(strings.ReplaceAll(ref.ID, "/", "."))
		if ref.Source == apart && letters[o.Type] == "S" {
			return apart + ":" + id
		}
		if whose(id, letters[o.Type]) {
			return id
		}
		return o.Type + ":" + id
	}
	return ""
}

// whose tells whether an id with own letters is that of the type with these, or
// of a type nobody has heard of and with letters of its own.
func whose(id, own string) bool {
	has := strings.TrimRight(id, "0123456789.")
	if own != "" {
		return has == own
	}
	for _, taken := range letters {
		if has == taken {
			return false
		}
	}
	return true
}

var (
	shape  = regexp.MustCompile(`^(?:(T)?(\d{4,5}(?:\.\d{3})?)|(?:TA|M|G|S|C|DS|DC|DET|AN|A)\d{4,5})$`)
	page   = regexp.MustCompile(`(?i)attack\.mitre\.org/(?:wiki/)?[a-z-]+/(.+)$`)
	inline = regexp.MustCompile(`(?i)^(?:technique|software|group|mitigation|tactic)/(.+)$`)
)

// ParseID returns the id of a record for the spellings people and files use:
// T1055/001, t1055.001, 1574.010 as CAPEC writes it, Technique/T1552, the address
// of a page of attack.mitre.org, the name of a matrix (enterprise-attack), or a
// type and an id (course-of-action:T1066, as records are named). Whether there is such a record it
// cannot tell.
func ParseID(s string) (id string, ok bool) {
	s = strings.TrimSpace(s)
	if kind, rest, found := strings.Cut(s, ":"); found && known(kind) {
		if kind == matrix {
			_, ok = chains[rest]
			return s, ok
		}
		id, ok = ParseID(rest)
		return kind + ":" + id, ok
	}
	if _, ok := chains[strings.ToLower(s)]; ok {
		return strings.ToLower(s), true
	}
	for _, form := range []*regexp.Regexp{page, inline} {
		if found := form.FindStringSubmatch(s); found != nil {
			s = found[1]
		}
	}
	s = strings.ToUpper(strings.ReplaceAll(strings.Trim(s, "/"), "/", "."))
	found := shape.FindStringSubmatch(s)
	switch {
	case found == nil:
		return "", false
	case found[2] != "" && found[1] == "":
		return "T" + s, true
	}
	return s, true
}

func known(kind string) bool { return letters[kind] != "" || kind == matrix || kind == apart }
