package nvd

// Configuration is one statement of which platforms a record concerns: nodes
// that go together as Operator says.
type Configuration struct {
	Operator string `json:"operator"` // AND, OR, or "" for a single node
	Negate   bool   `json:"negate"`
	Nodes    []Node `json:"nodes"`
}

// Node is a list of match criteria that go together as Operator says.
type Node struct {
	Operator string     `json:"operator"` // AND or OR
	Negate   bool       `json:"negate"`
	Matches  []CPEMatch `json:"cpeMatch"`
}

// CPEMatch is one match criterion in its place.
type CPEMatch struct {
	// Vulnerable is false for what only has to be there too, such as the
	// operating system a vulnerable program runs on.
	Vulnerable      bool   `json:"vulnerable"`
	Criteria        string `json:"criteria"` // CPE 2.3 match string
	MatchCriteriaID string `json:"matchCriteriaId"`
	VersionRange
}

// VersionRange bounds the versions a criterion describes; empty bounds are open.
type VersionRange struct {
	StartIncluding string `json:"versionStartIncluding"`
	StartExcluding string `json:"versionStartExcluding"`
	EndIncluding   string `json:"versionEndIncluding"`
	EndExcluding   string `json:"versionEndExcluding"`
}
