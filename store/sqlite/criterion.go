package sqlite

import (
	"encoding/hex"
	"strings"

	"vulnmirror/cpe"
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
	parts := splitCPE(m.Criteria)
	product := productOf(m.Criteria)
	c.part, c.vendor, c.product = product[0], product[1], product[2]
	prefix := "cpe:2.3:" + c.part + ":" + c.vendor + ":" + c.product + ":"
	tail, regular := strings.CutPrefix(m.Criteria, prefix)
	if !regular {
		c.whole = m.Criteria
		return c
	}
	version := parts[3]
	c.version = version
	if rest := tail[len(version):]; rest != usualRest {
		c.rest = rest
	}
	return c
}

// splitCPE returns the part, vendor, product and version of a CPE 2.3 string,
// as spelled; a colon after a backslash belongs to the value (NISTIR 7695,
// 6.2). What is missing is empty.
func splitCPE(s string) (out [4]string) {
	s, ok := strings.CutPrefix(s, "cpe:2.3:")
	if !ok {
		return out
	}
	for i := range out {
		end := 0
		for end < len(s) && s[end] != ':' {
			if s[end] == '\\' && end+1 < len(s) {
				end++
			}
			end++
		}
		out[i] = s[:end]
		if end == len(s) {
			break
		}
		s = s[end+1:]
	}
	return out
}

// productOf is the part, vendor and product by which a CPE name is found: in
// lower case, and where quotes are used, quoted as the specification has it.
func productOf(text string) (p [3]string) {
	if strings.IndexByte(text, '\\') >= 0 {
		if name, err := cpe.ParseLenient(text); err == nil {
			return [3]string{string(name.Part()), string(name.Vendor()), string(name.Product())}
		}
	}
	parts := splitCPE(text)
	for i := range p {
		p[i] = strings.ToLower(parts[i])
	}
	return p
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
