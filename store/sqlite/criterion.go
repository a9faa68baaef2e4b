package sqlite

import (
	"encoding/hex"
	"strings"

	"vulnmirror/store/platform"
	"vulnmirror/vuln"
)

// usualRest ends nearly all match criteria after the version.
const usualRest = ":*:*:*:*:*:*:*"

// criterion is a match criterion as the table of that name keeps it.
type criterion struct {
	uuid                  any // 16 bytes, or the text when it is no upper-case UUID
	part, vendor, product string
	version, rest, whole  any
	bounds                [4]any
}

// columns are the values from version on, in the table's order.
func (c *criterion) columns() []any {
	return []any{c.version, c.rest, c.whole, c.bounds[0], c.bounds[1], c.bounds[2], c.bounds[3]}
}

// criterionKey names a match criterion wherever it occurs.
func criterionKey(m *vuln.MatchCriteria, d *digest) key {
	d.add(m.ID, m.Criteria, m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding)
	return d.key()
}

func newCriterion(m *vuln.MatchCriteria) *criterion {
	c := &criterion{uuid: packUUID(m.ID)}
	for i, v := range []string{m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding} {
		c.bounds[i] = orNull(v)
	}
	p := platform.Of(m.Criteria)
	c.part, c.vendor, c.product = p.Part, p.Vendor, p.Product
	prefix := "cpe:2.3:" + c.part + ":" + c.vendor + ":" + c.product + ":"
	tail, regular := strings.CutPrefix(m.Criteria, prefix)
	if !regular {
		c.whole = m.Criteria
		return c
	}
	version := platform.Split(m.Criteria)[3]
	c.version = version
	if rest := tail[len(version):]; rest != usualRest {
		c.rest = rest
	}
	return c
}

func packUUID(s string) any {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' || strings.ToUpper(s) != s {
		return s
	}
	b, err := hex.DecodeString(s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:])
	if err != nil {
		return s
	}
	return b
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
