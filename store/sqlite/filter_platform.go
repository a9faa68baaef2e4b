package sqlite

import (
	"strconv"
	"strings"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// entry adds what is known of records in entry tables.
func (f *filter) entry(q store.Query) {
	// These facts are kept of CVE records only.
	if q.Year != 0 || !q.KEVAdded.IsZero() || q.CWE != "" || q.Tag != "" || q.InKEV || q.CertAlert || q.CertNote || q.OVAL ||
		q.CVSS != nil || q.Severity != "" || q.MinScore > 0 || q.Criteria != nil || q.Vulnerable || q.NoCriteria {
		f.add("0")
	}
	if q.SourceIdentifier != "" {
		f.add("r.reporter = (SELECT id FROM term WHERE value = ?)", q.SourceIdentifier)
	}
	if len(q.Aliases) > 0 {
		f.aliases(q.Aliases)
	}
	if l := q.LinksTo; l != nil {
		f.add("r.id IN (SELECT record FROM link WHERE kind = (SELECT id FROM term WHERE value = ?) AND target = ?)", string(l.Kind), l.ID)
	}
	if q.Vendor != "" || q.Product != "" {
		products, args := productsNamed(q)
		f.add("r.product IN ("+products+")", args...)
	}
	if q.Platform != nil {
		products, args := productsLike(*q.Platform)
		f.add("r.product IN ("+products+")", args...)
		f.add("cpe_overlaps(?, coalesce(r.platform, r.name))", q.Platform.String())
	}
}

func (f *filter) aliases(aliases []string) {
	var keys, ids []string
	for _, alias := range aliases {
		if id, err := vuln.ParseUUID(alias); err == nil {
			keys = append(keys, strconv.FormatInt(uuidKey(id), 10))
			ids = append(ids, strings.ReplaceAll(id.String(), "-", ""))
		}
	}
	one, args := "r.id IN (SELECT record FROM alias WHERE value IN (SELECT value FROM json_each(?)))", []any{jsonList(aliases)}
	if keys != nil && f.table.kind != vuln.KindMatchCriteria { // whose UUID is the name
		one += " OR r.uuid_key IN (SELECT value FROM json_each(?)) AND hex(r.uuid) IN (SELECT value FROM json_each(?))"
		args = append(args, "["+strings.Join(keys, ",")+"]", jsonList(ids))
	}
	f.add("("+one+")", args...)
}

// criteria adds what concerns the configurations of CVE records.
func (f *filter) criteria(q store.Query) {
	if q.Vendor != "" || q.Product != "" {
		products, args := productsNamed(q)
		f.add("r.id IN (SELECT x.record FROM criterion c CROSS JOIN criterion_record x ON x.criterion = c.id WHERE c.product IN ("+products+"))", args...)
	}
	if q.NoCriteria {
		f.add("r.id IN (SELECT record FROM detail WHERE nodes IS NULL)")
	}
	if q.Criteria == nil {
		if q.Vulnerable {
			f.add("r.id IN (SELECT record FROM criterion_record WHERE affects & 3)")
		}
		return
	}
	of := "SELECT record FROM criterion_record WHERE criterion IN (SELECT CAST(value AS INTEGER) FROM json_each(?))"
	if q.Vulnerable {
		of += " AND affects & 3"
	}
	f.add("r.id IN ("+of+")", jsonList(q.Criteria))
}

// productsNamed selects the products of a vendor, of a name, or both.
func productsNamed(q store.Query) (string, []any) {
	where, args := []string{"1"}, []any{}
	if q.Vendor != "" {
		where, args = append(where, "vendor = ?"), append(args, strings.ToLower(q.Vendor))
	}
	if q.Product != "" {
		where, args = append(where, "product = ?"), append(args, strings.ToLower(q.Product))
	}
	return "SELECT id FROM cpe_product WHERE " + strings.Join(where, " AND "), args
}

// productsLike selects the products whose names may overlap with a platform:
// those it names, and those that are open.
func productsLike(platform cpe.Name) (string, []any) {
	p := store.Product{Part: plain(platform.Part()), Vendor: plain(platform.Vendor()), Product: plain(platform.Product())}
	if p == (store.Product{}) {
		return "SELECT id FROM cpe_product", nil
	}
	return selectProducts(p)
}

// plain is a value that stands for itself only, "" for any other.
func plain(v cpe.Value) string {
	if v == cpe.Any || v.Wild() {
		return ""
	}
	return string(v)
}

// selectProducts selects what p does.
func selectProducts(p store.Product) (string, []any) {
	query, args := "SELECT id FROM cpe_product WHERE 1", []any{}
	for _, c := range []struct{ column, value string }{{"vendor", p.Vendor}, {"product", p.Product}, {"part", p.Part}} {
		if c.value != "" {
			query += " AND " + c.column + " = ?"
			args = append(args, c.value)
		}
	}
	return query + " UNION SELECT id FROM cpe_product WHERE " + openProduct, args
}

// openProduct is true of products that may stand for others, in the words of
// the index cpe_product_open: a value is missing, ANY, or begins or ends with a
// wildcard.
const openProduct = `part GLOB '[*?]*' OR part = '' OR vendor GLOB '[*?]*' OR vendor GLOB '*[*?]' OR vendor = '' OR product GLOB '[*?]*' OR product GLOB '*[*?]' OR product = ''`
