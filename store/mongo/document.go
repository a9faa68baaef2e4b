package mongo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"vulnmirror/store/draft"
	"vulnmirror/store/platform"
	"vulnmirror/vuln"
)

// maxDocument is how large a document may get, a little less than the server's
// 16 MB (MongoDB, limits: BSON documents), which the history's fields need.
const maxDocument = 16<<20 - 64<<10

// people are the fields that no answer is made from.
func people() bson.D {
	return bson.D{{Key: "cveId", Value: ""}, {Key: "cpeName", Value: ""}, {Key: "cpeNameProductPrefix", Value: ""}, {Key: "keyword", Value: ""}, {Key: "json", Value: ""}}
}

// fixed is the part of a record's document that comes from the record alone.
func fixed(d *draft.Draft, withJSON bool) (bson.Raw, error) {
	f := &d.Facts
	b := builder{}
	b.add("_id", text(d.ID))
	b.people(d)
	b.add("published", date(d.Published))
	b.add("lastModified", date(d.Modified))
	if d.Title != "" {
		b.add("title", text(d.Title))
	}
	b.add("status", text(d.Status))
	b.add("sourceIdentifier", text(d.SourceIdentifier))
	if year := vuln.FeedYear(d.ID); year != 0 {
		b.add("year", int32(year)) //nolint:gosec // four digits, or as many as an identifier has
	}
	b.add("converted", d.Converted)
	if s := f.Best; s != nil {
		b.add("best", best{text(s.Version), text(s.Scorer), text(s.Type), s.Base, text(s.Severity), text(s.Vector)})
	}
	b.list("scores", collect(f.Scores, func(s vuln.Score) string { return scoreKey(s.Version, s.Severity, s.Vector) }))
	for _, flag := range []struct {
		name string
		on   bool
	}{{"certAlert", f.CertAlert}, {"certNote", f.CertNote}, {"oval", f.OVAL}} {
		if flag.on {
			b.add(flag.name, true)
		}
	}
	if f.KEV != nil {
		b.add("kev", text(f.KEV.Added))
	}
	b.list("sources", f.SourceIdentifiers)
	b.list("cwes", d.Weaknesses)
	b.list("tags", d.Tags)
	b.list("aliases", d.Aliases)
	b.list("links", collect(f.Links, func(l vuln.Link) string { return linkKey(l.Kind, l.ID) }))
	b.list("rules", collect(f.Links, func(l vuln.Link) string { return l.Rule }))
	b.about(d)
	if len(d.Members) > 0 {
		b.add("members", d.Members)
	}
	b.list("words", d.Words)
	b.list("texts", d.Texts)
	b.add("hash", d.Hash)
	b.add("body", d.Packed)
	doc, err := bson.Marshal(b.doc)
	if err != nil {
		return nil, err
	}
	if len(doc) > maxDocument {
		return nil, fmt.Errorf("%s takes %d bytes; MongoDB keeps no document above 16 MB", d.ID, len(doc))
	}
	if !withJSON {
		return doc, nil
	}
	if readable, ok := jsonDocument(d.Body); ok && len(doc)+len(readable) <= maxDocument {
		json, err := bson.Marshal(bson.D{{Key: "json", Value: readable}})
		if err != nil {
			return nil, err
		}
		doc = join(doc, json)
	}
	return doc, nil
}

// best is the one score to show.
type best struct {
	Version  string  `bson:"version"`
	Scorer   string  `bson:"scorer"`
	Type     string  `bson:"type"`
	Base     float64 `bson:"base"`
	Severity string  `bson:"severity"`
	Vector   string  `bson:"vector"`
}

// use is one of a record's uses of criteria.
type use struct {
	Criterion string `bson:"k"`
	Affects   int32  `bson:"a"` // store.Affects
}

// builder gathers the fields of a document.
type builder struct{ doc bson.D }

func (b *builder) add(name string, value any) {
	b.doc = append(b.doc, bson.E{Key: name, Value: value})
}

// list adds texts unless there are none.
func (b *builder) list(name string, values []string) {
	if len(values) > 0 {
		b.add(name, collect(values, text))
	}
}

// people adds what people look for under the names they know.
func (b *builder) people(d *draft.Draft) {
	switch d.Kind {
	case vuln.KindCVE:
		b.add("cveId", text(d.ID))
		b.list("cpeName", distinct(collect(d.Uses, func(u draft.Use) string { return u.Of.Criteria })))
		b.list("cpeNameProductPrefix", distinct(collect(d.Uses, func(u draft.Use) string { return prefix(platform.Of(u.Of.Criteria)) })))
	case vuln.KindCPE:
		b.add("cpeName", text(d.ID))
		if d.About != nil {
			b.add("cpeNameProductPrefix", text(prefix(*d.About)))
		}
	default:
		return
	}
	b.add("keyword", text(strings.Join(collect(d.Text, func(t vuln.Text) string { return t.Value }), "\n")))
}

func prefix(p platform.Product) string {
	return "cpe:2.3:" + p.Part + ":" + p.Vendor + ":" + p.Product
}

// about adds which platforms the record is about: a CVE record by its criteria,
// a CPE name or match criterion by itself.
func (b *builder) about(d *draft.Draft) {
	var products []platform.Product
	if d.About != nil {
		products = append(products, *d.About)
		b.add("open", d.About.Open())
		b.add("platform", text(d.Facts.Platform.Criteria))
	}
	var uses []use
	var vulnerable []string
	for _, u := range d.Uses {
		products = append(products, platform.Of(u.Of.Criteria))
		uses = append(uses, use{keyOf(u.Key), int32(u.Affects)})
		if u.Affects&marked != 0 {
			vulnerable = append(vulnerable, keyOf(u.Key))
		}
	}
	b.list("about", distinct(collect(products, aboutKey)))
	b.list("products", distinct(collect(products, func(p platform.Product) string { return p.Product })))
	if uses != nil {
		b.add("uses", uses)
	} else if d.Kind == vuln.KindCVE {
		b.add("bare", true)
	}
	b.list("vulnerable", vulnerable)
}

// aboutKey spells a product so that its vendor, or vendor and product, are a
// prefix. Inside values colons are quoted.
func aboutKey(p platform.Product) string { return p.Vendor + ":" + p.Product + ":" + p.Part }

// scoreKey spells a score so that a pattern finds it by version, severity and
// metrics, which are sorted. See filter.scores.
func scoreKey(version, severity, vector string) string {
	metrics := strings.Split(strings.Trim(vector, "()"), "/")
	slices.Sort(metrics)
	return text(version + " " + severity + " /" + strings.Join(metrics, "/") + "/")
}

func keyOf(k draft.Key) string { return fmt.Sprintf("%x", k[:]) }

// state is the part of a record's document that comes from where it stands among
// others.
type state struct {
	Source    string     `bson:"source"`
	Origin    string     `bson:"origin"` // of the file it was first seen in
	Gone      bool       `bson:"gone"`
	Withdrawn *time.Time `bson:"withdrawn,omitempty"`
	Rev       int64      `bson:"rev"`     // the revision that wrote the document
	Changed   int64      `bson:"changed"` // the revision that last changed what it says
}

// text is s as BSON can keep it, which is as UTF-8. Bodies keep what upstream
// spelled.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// date is t to the millisecond; nil for the zero time.
func date(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func collect[S, T any](in []S, f func(S) T) []T {
	out := make([]T, len(in))
	for i, x := range in {
		out[i] = f(x)
	}
	return out
}

func distinct(in []string) []string {
	seen := make(map[string]struct{}, len(in))
	return slices.DeleteFunc(in, func(s string) bool {
		_, again := seen[s]
		seen[s] = struct{}{}
		return again
	})
}

// versionID names a version in the history.
func versionID(kind vuln.Kind, id string, until int64, nth int) string {
	return string(kind) + " " + id + " " + strconv.FormatInt(until, 10) + " " + strconv.Itoa(nth)
}
