package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// happening is what an event of the change history is about.
type happening uint8

const (
	cveReceived happening = iota
	cveAnalysed
	cveReworded
	cveRescored
	cveReferenced
	cveKnownExploited
	cveRejected
	cveCommented
	cveMoved
)

func (h happening) String() string {
	return [...]string{
		"New CVE Received", "Initial Analysis", "CVE Modified", "Modified Analysis", "CVE Source Update",
		"CVE CISA KEV Update", "CVE Rejected", "Vendor Comment", "CVE Status Change",
	}[h]
}

// event is one entry of the change history. Its details are written anew from
// the record as it stood whenever somebody asks.
type event struct {
	created int64
	what    happening
	record  state
}

func (e *event) id() string {
	return string(appendUUID(nil, hashText(uint64(e.created), e.record.id()+e.what.String()), upperHex))
}

// remember makes up the events that lie before the first load.
func (b *dictionary) remember(s *state, d *dice) {
	at := s.published
	add := func(what happening) {
		first := *s
		first.texts, first.refs, first.scores = 1, 1, 1
		b.changes = append(b.changes, &event{created: at, what: what, record: first})
		at = min(b.now, at+1+int64(d.share()*float64(200*day.Milliseconds())))
	}
	add(cveReceived)
	if s.status == rejected {
		add(cveRejected)
		return
	}
	if s.status.enriched() {
		add(cveAnalysed)
	}
	if s.kev {
		add(cveKnownExploited)
	}
	for range d.n(3) {
		if at < b.now {
			add(pick(d, []happening{cveReworded, cveRescored, cveReferenced, cveCommented, cveMoved}))
		}
	}
}

// happened adds an event to the history.
func (b *dictionary) happened(what happening, s *state, at int64) {
	b.changes = append(b.changes, &event{created: at, what: what, record: *s})
}

// body appends the event's compact JSON, keys in NVD's order.
func (e *event) body(dst []byte, a author) []byte {
	s := &e.record
	sc := a.scene(s)
	d := roll(a.seed, uint64(s.number), uint64(e.what)<<8|'h')
	who := sourceNVD
	switch e.what {
	case cveReceived, cveReworded, cveReferenced, cveRejected, cveCommented:
		who = a.cna(s, &sc)
	case cveKnownExploited:
		who = sourceADP
	}
	w := document{b: dst, escaped: d.n(4) == 0}
	w.b = append(w.b, '{')
	w.field("cveId", s.id())
	w.field("eventName", e.what.String())
	w.field("cveChangeId", e.id())
	w.field("sourceIdentifier", who)
	w.when("created", moment(e.created))
	w.array("details")
	e.details(&w, a, &sc, d)
	w.b = append(w.b, "]}"...)
	return w.b
}

// details tells what was added, removed and changed.
func (e *event) details(w *document, a author, sc *scene, d *dice) {
	s := &e.record
	recent := moment(e.created).UTC().Year() >= 2026
	switch e.what {
	case cveReceived:
		first := *s
		first.texts = 0
		text, _ := a.prose(&first)
		w.detail("Added", "Description", "", text)
		if recent {
			w.affectedDetail(sc, d)
		}
		w.detail("Added", "Reference", "", reference(sc, d))
	case cveAnalysed, cveRescored:
		w.detail("Added", "CVSS V3.1", "", draw(d, "AV:N/AC:L/", metrics3[2:], 3).text)
		if recent || d.n(20) == 0 {
			w.scoreDetail(d)
		}
		w.detail("Added", "CWE", "", sc.flaw.cwe)
		w.detail("Added", "CPE Configuration", "", "OR\n     *"+sc.prefix+"*:*:*:*:*:*:*:* versions up to (excluding) "+sc.fixed)
	case cveReworded:
		before := *s
		before.texts = max(before.texts, 1) - 1
		old, _ := a.prose(&before)
		text, _ := a.prose(s)
		w.detail("Changed", "Description", old, text)
	case cveReferenced:
		w.detail("Removed", "Reference", reference(sc, d), "")
		w.detail("Added", "Reference", "", reference(sc, d))
		w.detail("Changed", "Reference Type", reference(sc, d)+" No Types Assigned", reference(sc, d)+" Patch")
	case cveKnownExploited:
		w.detail("Added", "Date Added", "", moment(e.created).UTC().Format("2006-01-02"))
		w.detail("Added", "Vulnerability Name", "", fmt.Sprintf("%s %s %s Vulnerability", sc.vendor, sc.name, title(sc.flaw.en)))
	case cveRejected, cveCommented, cveMoved: // nothing but the name
	}
}

// detail writes a change of a text; an empty one is left out.
func (w *document) detail(action, kind, before, after string) {
	w.open()
	w.field("action", action)
	w.field("type", kind)
	if before != "" {
		w.field("oldValue", before)
	}
	if after != "" {
		w.field("newValue", after)
	}
	w.close('}')
}

// affectedDetail writes a change whose values are lists, as there are since 2026.
func (w *document) affectedDetail(sc *scene, d *dice) {
	list := func(key string, version string) {
		w.array(key)
		w.open()
		w.field("vendor", sc.vendor)
		w.field("product", sc.name)
		w.array("versions")
		w.open()
		w.field("version", version)
		w.field("status", "affected")
		w.b = append(w.b, "}]}]"...)
	}
	w.open()
	w.field("action", "Changed")
	w.field("type", "Affected")
	list("oldValue", sc.version(d))
	list("newValue", sc.version(d))
	w.close('}')
}

// scoreDetail writes a change whose values are objects, as there are since 2026.
func (w *document) scoreDetail(d *dice) {
	object := func(key string) {
		w.object(key)
		w.field("vectorString", strings.TrimPrefix(draw(d, "CVSS:4.0/", metrics3[:2], 0).text, "CVSS:"))
		w.literal("baseScore", strconv.Itoa(d.n(10))+".0")
		w.close('}')
	}
	w.open()
	w.field("action", "Changed")
	w.field("type", "CVSS V4.0")
	object("oldValue")
	object("newValue")
	w.close('}')
}
