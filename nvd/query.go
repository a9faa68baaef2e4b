package nvd

import (
	"net/url"
	"strings"
	"time"
)

// CVEQuery selects CVE records. Every field that is set narrows the answer; the
// zero query selects all records.
type CVEQuery struct {
	// IDs are CVE identifiers in any spelling, any of these; they are asked for
	// a hundred at a time.
	IDs []string

	Modified  Window // lastModStartDate, lastModEndDate
	Published Window // pubStartDate, pubEndDate
	KEVAdded  Window // kevStartDate, kevEndDate; the catalogue's dates count as midnight UTC

	// CPEName is a CPE 2.3 name; part, vendor, product and version are needed.
	// With Vulnerable, what is merely a platform of something vulnerable does
	// not count.
	CPEName    string
	Vulnerable bool // isVulnerable
	// VirtualMatchString is a CPE match string, which may be cut short. With it
	// go bounds on the version, which it must leave open itself.
	VirtualMatchString string
	VersionStart       Bound
	VersionEnd         Bound

	// Only one version of CVSS may be asked about at once. Metrics are vectors
	// or parts of them, severities LOW, MEDIUM, HIGH or (not for 2) CRITICAL.
	CVSSV2Metrics, CVSSV2Severity string
	CVSSV3Metrics, CVSSV3Severity string
	CVSSV4Metrics, CVSSV4Severity string

	CWE          string   // e.g. CWE-79, NVD-CWE-noinfo
	Tag          string   // cveTag: disputed, unsupported-when-assigned, exclusively-hosted-service
	Source       string   // sourceIdentifier, used anywhere in the record
	Statuses     []string // vulnStatuses: any of these, e.g. "Awaiting Analysis"
	Keywords     string   // keywordSearch: words that must all occur or begin one that does
	ExactPhrase  bool     // keywordExactMatch: Keywords occur as they stand
	HasKEV       bool
	NoRejected   bool
	HasCertAlert bool // hasCertAlerts, which the NVD announced to drop, as the two below
	HasCertNote  bool // hasCertNotes
	HasOVAL      bool // hasOval

	Paging
}

// Bound is one end of a range of versions; the zero Bound is open.
type Bound struct {
	Version   string
	Excluding bool // the version itself is outside
}

// Paging is how an answer is read. The zero value is right unless a server
// knows parameters of its own.
type Paging struct {
	// PageSize is how many records to ask for at once; 0 means as many as the
	// endpoint allows.
	PageSize int
	// Extra holds further parameters.
	Extra url.Values
}

// requests turns the query into one set of parameters for every request that it
// takes, pages aside.
func (q CVEQuery) requests(now time.Time) ([]parameters, error) {
	var p parameters
	p.set("cpeName", q.CPEName)
	p.flag("isVulnerable", q.Vulnerable)
	p.set("virtualMatchString", q.VirtualMatchString)
	p.bound("versionStart", q.VersionStart)
	p.bound("versionEnd", q.VersionEnd)
	p.set("cvssV2Metrics", q.CVSSV2Metrics)
	p.set("cvssV2Severity", q.CVSSV2Severity)
	p.set("cvssV3Metrics", q.CVSSV3Metrics)
	p.set("cvssV3Severity", q.CVSSV3Severity)
	p.set("cvssV4Metrics", q.CVSSV4Metrics)
	p.set("cvssV4Severity", q.CVSSV4Severity)
	p.set("cweId", q.CWE)
	p.set("cveTag", q.Tag)
	p.set("sourceIdentifier", q.Source)
	p.set("vulnStatuses", strings.ReplaceAll(strings.Join(q.Statuses, ","), " ", ""))
	p.set("keywordSearch", q.Keywords)
	p.flag("keywordExactMatch", q.ExactPhrase)
	p.flag("hasKev", q.HasKEV)
	p.flag("noRejected", q.NoRejected)
	p.flag("hasCertAlerts", q.HasCertAlert)
	p.flag("hasCertNotes", q.HasCertNote)
	p.flag("hasOval", q.HasOVAL)
	p.extra(q.Extra)

	all, err := eachID(p, q.IDs)
	for _, dates := range []struct {
		of     string
		window Window
	}{{"lastMod", q.Modified}, {"pub", q.Published}, {"kev", q.KEVAdded}} {
		if err == nil {
			all, err = eachWindow(all, dates.of, dates.window, now)
		}
	}
	return all, err
}

// idsAtOnce is how many identifiers one request may name.
const idsAtOnce = 100

func eachID(p parameters, ids []string) ([]parameters, error) {
	if len(ids) == 0 {
		return []parameters{p}, nil
	}
	normal := make([]string, len(ids))
	for i, id := range ids {
		var err error
		if normal[i], err = parseCVE(id); err != nil {
			return nil, err
		}
	}
	if len(normal) == 1 {
		return []parameters{p.with(parameter{"cveId", normal[0]})}, nil
	}
	var out []parameters
	for len(normal) > 0 {
		n := min(idsAtOnce, len(normal))
		out = append(out, p.with(parameter{"cveIds", strings.Join(normal[:n], ",")}))
		normal = normal[n:]
	}
	return out, nil
}

// CPEQuery selects names of the CPE dictionary. Every field that is set narrows
// the answer; the zero query selects all of them.
type CPEQuery struct {
	ID              string // cpeNameId
	MatchString     string // cpeMatchString: a CPE match string, which may be cut short
	MatchCriteriaID string // names that this criterion describes
	Keywords        string // keywordSearch: words of titles and references
	ExactPhrase     bool   // keywordExactMatch
	Modified        Window

	Paging
}

func (q CPEQuery) requests(now time.Time) ([]parameters, error) {
	var p parameters
	p.set("cpeNameId", q.ID)
	p.set("cpeMatchString", q.MatchString)
	p.set("matchCriteriaId", q.MatchCriteriaID)
	p.set("keywordSearch", q.Keywords)
	p.flag("keywordExactMatch", q.ExactPhrase)
	p.extra(q.Extra)
	return eachWindow([]parameters{p}, "lastMod", q.Modified, now)
}

// MatchCriteriaQuery selects match criteria. Every field that is set narrows the
// answer; the zero query selects all of them.
type MatchCriteriaQuery struct {
	ID          string // matchCriteriaId
	CVE         string // criteria that this CVE record uses
	MatchString string // matchStringSearch: criteria like this CPE match string
	Modified    Window // of the criterion or of its list of names

	Paging
}

func (q MatchCriteriaQuery) requests(now time.Time) ([]parameters, error) {
	var p parameters
	p.set("matchCriteriaId", q.ID)
	p.set("matchStringSearch", q.MatchString)
	if err := p.cve(q.CVE); err != nil {
		return nil, err
	}
	p.extra(q.Extra)
	return eachWindow([]parameters{p}, "lastMod", q.Modified, now)
}

// SourceQuery selects sources. The zero query selects all of them.
type SourceQuery struct {
	Identifier string // sourceIdentifier
	Modified   Window

	Paging
}

func (q SourceQuery) requests(now time.Time) ([]parameters, error) {
	var p parameters
	p.set("sourceIdentifier", q.Identifier)
	p.extra(q.Extra)
	return eachWindow([]parameters{p}, "lastMod", q.Modified, now)
}

// ChangeQuery selects entries of the CVE change history. The zero query selects
// all of them, which are millions.
type ChangeQuery struct {
	CVE     string
	Event   string // eventName, e.g. "Initial Analysis"
	Changed Window // changeStartDate, changeEndDate

	Paging
}

func (q ChangeQuery) requests(now time.Time) ([]parameters, error) {
	var p parameters
	if err := p.cve(q.CVE); err != nil {
		return nil, err
	}
	p.set("eventName", q.Event)
	p.extra(q.Extra)
	return eachWindow([]parameters{p}, "change", q.Changed, now)
}

func (p *parameters) cve(id string) error {
	if id == "" {
		return nil
	}
	id, err := parseCVE(id)
	p.set("cveId", id)
	return err
}

func (p *parameters) bound(name string, b Bound) {
	if b.Version == "" {
		return
	}
	kind := "including"
	if b.Excluding {
		kind = "excluding"
	}
	p.set(name, b.Version)
	p.set(name+"Type", kind)
}
