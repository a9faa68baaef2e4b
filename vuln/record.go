// Package vuln is the vocabulary of vulnmirror: what a record is, which facts
// about it can be asked for, and how its identifiers are spelled. It imports
// nothing of ours and does no I/O.
package vuln

import (
	"slices"
	"time"
)

// Kind tells what a record describes. Together with the identifier it names a
// record in every store.
type Kind string

// The kinds of NVD, each in the shape of the NVD API 2.0 and with the ID named.
const (
	KindCVE           Kind = "cve"       // CVE identifier
	KindCPE           Kind = "cpe"       // CPE name as a formatted string
	KindMatchCriteria Kind = "cpematch"  // matchCriteriaId
	KindNVDSource     Kind = "source"    // the first source identifier
	KindCVEChange     Kind = "cvechange" // cveChangeId
)

// The kinds of MITRE, of publishers of advisories, and of those who judge how
// urgent a CVE is.
const (
	KindCWE    Kind = "cwe"    // CWE-79: weakness, category or view
	KindCAPEC  Kind = "capec"  // CAPEC-66: attack pattern, category or view
	KindATTACK Kind = "attack" // T1055.001, TA0001, M1013, G0007, S0002, …: any STIX object with an ATT&CK id
	KindD3FEND Kind = "d3fend" // d3f:FileAnalysis; the D3-FA of techniques is an alias
	KindCAR    Kind = "car"    // CAR-2013-01-002
	KindSHIELD Kind = "shield" // DTE0001, DTA0001, DUC0001, DPR0001, DOS0001
	KindENGAGE Kind = "engage" // EAC0001, EAP0001, EGO0001, EAV0001
	KindCERTCC Kind = "certcc" // VU#382314
	KindCERTFR Kind = "certfr" // CERTFR-2024-AVI-0001
	KindMSRC   Kind = "msrc"   // a CVE identifier or ADV180002, as Microsoft describes it
	KindMSKB   Kind = "mskb"   // 5034768: an update, with what it supersedes
	KindKEV    Kind = "kev"    // CVE identifier, as CISA's catalogue has it
	KindEPSS   Kind = "epss"   // CVE identifier, with its score of the day
)

// Record is the envelope every source's entries travel in. A decoder fills all
// of it; a store that hands a record back fills the envelope and Body, and
// leaves Facts and Text empty: they exist to be filtered on and can always be
// read again from Body.
type Record struct {
	Kind   Kind
	ID     string // normalised, see ParseCVE and its siblings
	Source string // name of the source that supplied it, e.g. "nvd-cve"

	Published time.Time // UTC; zero when upstream gives none
	Modified  time.Time // UTC; zero when upstream gives none

	Status           string // upstream's own spelling, e.g. "Awaiting Analysis"
	SourceIdentifier string // who reported it, e.g. "cve@mitre.org"

	// Title is what the record is called; decoders fill it, and like Facts and
	// Text it can always be read again from Body.
	Title string
	Facts Facts
	Text  []Text

	// Converted marks a record made from an older format, which said less. It
	// never replaces one that is not.
	Converted bool
	// Withdrawn is when upstream was found to have the record no longer; zero
	// while it has. Stores set it.
	Withdrawn time.Time

	// Drift names what the decoder met and does not know, such as
	// "field cve.newThing" or "vulnStatus Frozen". It is only counted.
	Drift []string

	// Body is upstream's own JSON for this record with insignificant white
	// space removed and nothing else touched: key order, number spelling,
	// escapes and unknown keys stay as they came. Of what upstream publishes in
	// other formats it is a plain rendering in JSON that leaves nothing out; its
	// decoder says how.
	Body []byte
}

// Prose is what people look for words in: the title and the texts, each once.
func (r *Record) Prose() []Text {
	if r.Title == "" || slices.ContainsFunc(r.Text, func(t Text) bool { return t.Value == r.Title }) {
		return r.Text
	}
	return append([]Text{{Value: r.Title}}, r.Text...)
}

// Text is one description of a record in one language.
type Text struct {
	Lang  string // BCP 47 as upstream spells it, e.g. "en"
	Value string
}

// Facts are the parts of a record that answers filter on. They are derived
// from Body and never replace it.
type Facts struct {
	Best       *Score // the score of Scores that BestScore chose; nil when unscored
	Scores     []Score
	Weaknesses []Weakness
	Tags       []Tag
	KEV        *KEV // nil when the record is not in CISA's catalogue
	References []Reference
	Criteria   []MatchCriteria

	// SourceIdentifiers holds every source used anywhere in the record, each
	// once: of the record itself, its metrics, weaknesses, tags, references.
	SourceIdentifiers []string

	// Aliases are other identifiers the record is found by, e.g. the cpeNameId
	// of a CPE name.
	Aliases []string
	// Links lead to other records.
	Links []Link

	// Platform is set when the record is itself a CPE name (no bounds) or a
	// match criterion: that name or criterion.
	Platform *MatchCriteria
	// Members are the cpeNameIds of the CPE names that upstream found a match
	// criterion to describe.
	Members []UUID

	CertAlert bool // refers to a US-CERT technical alert
	CertNote  bool // refers to a CERT/CC vulnerability note
	OVAL      bool // refers to an OVAL definition
}

// Score is one CVSS assessment by one scorer.
type Score struct {
	Version  string  // "2.0", "3.0", "3.1" or "4.0"
	Scorer   string  // source identifier of whoever scored, e.g. "nvd@nist.gov"
	Type     string  // "Primary" or "Secondary"
	Base     float64 // CVSS base score as upstream states it, 0.0 to 10.0; never recomputed
	Severity string  // upper case: NONE, LOW, MEDIUM, HIGH, CRITICAL
	Vector   string  // vector string as upstream states it
}

// Weakness is one classification of a record, e.g. CWE-79 or NVD-CWE-noinfo.
type Weakness struct {
	CWE    string
	Source string
	Type   string // "Primary" or "Secondary"
}

// Tag is one CVE tag, e.g. "disputed", with who set it.
type Tag struct {
	Name   string
	Source string
}

// KEV holds what CISA's Known Exploited Vulnerabilities catalogue says, as NVD
// repeats it. Dates are YYYY-MM-DD.
type KEV struct {
	Added  string
	Due    string
	Action string
	Name   string
}

// Reference is one link of a record. Upstream lists the same URL again for
// every source that supplied it; each listing is one Reference.
type Reference struct {
	URL    string
	Source string
	Tags   []string
}

// Link leads from one record to another, for a reason.
type Link struct {
	Kind Kind
	ID   string
	Rule string // what makes the connection, e.g. "cveId", "deprecatedBy"
}

// MatchCriteria is one cpeMatch of an applicability statement, with its place
// in the record's configurations.
type MatchCriteria struct {
	Configuration         int    // index of the configuration, from 0
	ConfigurationOperator string // between the configuration's nodes: AND, OR, or "" when it has one node
	ConfigurationNegate   bool

	Node       int    // index of the node inside its configuration, from 0
	Operator   string // the node's operator, AND or OR
	Negate     bool   // the node's negate
	Vulnerable bool

	ID       string // matchCriteriaId
	Criteria string // CPE 2.3 match string as upstream spells it

	VersionStartIncluding string
	VersionStartExcluding string
	VersionEndIncluding   string
	VersionEndExcluding   string
}
