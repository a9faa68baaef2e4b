package nvdapi

import (
	"context"
	"fmt"
	"strings"

	"vulnmirror/cpe"
	"vulnmirror/match"
	"vulnmirror/store"
	"vulnmirror/version"
	"vulnmirror/vuln"
)

// platform is what the CPE parameters of the CVE API ask for.
type platform struct {
	name       *cpe.Name // cpeName
	pattern    *cpe.Name // virtualMatchString
	vulnerable bool
	start, end versionBound
}

// versionBound is a version and its type, as two parameters give them.
type versionBound struct {
	version string
	kind    string // "including" or "excluding"
}

const (
	including = "including"
	excluding = "excluding"
)

func (p *platform) asked() bool { return p.name != nil || p.pattern != nil }

// readPlatformName reads cpeName. What is missing at its end is any, but part,
// vendor, product and version must be there: NVD's documentation shows a name
// cut short, and says that these four must not be *.
func (r *request) readPlatformName(value string) error {
	name, ok := matchString(value)
	for _, must := range []cpe.Attribute{cpe.Part, cpe.Vendor, cpe.Product, cpe.Version} {
		ok = ok && name.At(must) != cpe.Any
	}
	if !ok {
		return problem("Invalid cpeName parameter, see documentation.")
	}
	r.platform.name = &name
	return nil
}

func (r *request) readMatchString(value string) error {
	name, ok := matchString(value)
	if !ok {
		return invalid("virtualMatchString")
	}
	r.platform.pattern = &name
	return nil
}

func bound(of func(*platform) *versionBound) func(*request, string) error {
	return func(r *request, value string) error {
		of(&r.platform).version = strings.TrimSpace(value)
		return nil
	}
}

func boundType(name string, of func(*platform) *versionBound) func(*request, string) error {
	return func(r *request, value string) error {
		kind := strings.ToLower(value)
		if kind != including && kind != excluding {
			return invalid(name)
		}
		of(&r.platform).kind = kind
		return nil
	}
}

// check applies the rules on combinations.
func (p *platform) check() error {
	switch {
	case p.vulnerable && p.pattern != nil:
		return problem("isVulnerable and virtualMatchString cannot be combined.")
	case p.vulnerable && p.name == nil:
		return problem("isVulnerable requires cpeName.")
	}
	if err := p.start.check("versionStart", p.pattern); err != nil {
		return err
	}
	return p.end.check("versionEnd", p.pattern)
}

func (b versionBound) check(name string, pattern *cpe.Name) error {
	switch {
	case b == versionBound{}:
		return nil
	case b.version == "" || b.kind == "":
		return problem("Both " + name + " and " + name + "Type are required.")
	case pattern == nil:
		return problem(name + " requires virtualMatchString.")
	case pattern.Version() != cpe.Any:
		return problem(name + " requires a virtualMatchString without a version.")
	}
	return nil
}

func (p *platform) bounds() version.Range {
	var b version.Range
	switch p.start.kind {
	case including:
		b.StartIncluding = p.start.version
	case excluding:
		b.StartExcluding = p.start.version
	}
	switch p.end.kind {
	case including:
		b.EndIncluding = p.end.version
	case excluding:
		b.EndExcluding = p.end.version
	}
	return b
}

// matcherAt is the matcher that remembers products while nothing it goes by has
// changed: of a product with a thousand criteria, reading them takes longer than
// all the rest.
func matcherAt(ctx context.Context, from store.Reader, m *match.Matcher) (*match.Matcher, error) {
	var state strings.Builder
	for _, kind := range []vuln.Kind{vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria} {
		d, err := from.Digest(ctx, store.Query{Kind: kind})
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(&state, d.Count, d.Revision)
	}
	return m.At(from, state.String()), nil
}

// resolvePlatform narrows to the records with a criterion that matches. Whether
// a record's configuration as a whole is met does not count here, as with NVD.
// When both a name and a match string are given, the name alone counts.
func resolvePlatform(ctx context.Context, from store.Reader, r *request) error {
	p := &r.platform
	if !p.asked() {
		return nil
	}
	matcher, err := matcherAt(ctx, from, r.matcher)
	if err != nil {
		return err
	}
	var found []store.Criterion
	if p.name != nil {
		found, err = matcher.Describing(ctx, *p.name)
	} else {
		found, err = matcher.Overlapping(ctx, *p.pattern, p.bounds())
	}
	if err != nil {
		return err
	}
	r.query.Criteria = make([]string, len(found))
	for i := range found {
		r.query.Criteria[i] = found[i].Ref
	}
	r.query.Vulnerable = p.vulnerable
	r.nothing = len(found) == 0
	return nil
}
