package publishers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vulnmirror/vuln"
)

const (
	hostCERTCC = "kb.cert.org"
	apiCERTCC  = hostCERTCC + "/vuls/api/"
	noSuchNote = `{"error":"Content requested either does not exist or you do not have permissions to view it!"}`
	firstNote  = 2000 // the year
)

// certcc publishes notes by number, by month and in lists. Notes are edited long
// after they were published, and never removed.
type certcc struct {
	author
	chain *chain
	shelf shelf
	about map[string][]string // the CVEs of a note
	at    time.Time
	moves int
}

func newCERTCC(a author, c *chain, at time.Time) *certcc {
	p := &certcc{author: a, chain: c, about: map[string][]string{}, at: at}
	p.add("VU#930724", "Lookups in log messages", time.Date(2021, 12, 15, 0, 0, 0, 0, time.UTC), []string{log4shell})
	for n := range c.size.Notes - 1 {
		id := fmt.Sprintf("VU#%d", 900100+17*n)
		if n == 0 {
			id = "VU#10031" // numbers are not padded
		}
		// Most are of the last years.
		d := a.dice(id)
		day := at.AddDate(0, 0, -10-d.IntN(900))
		if n%3 == 0 {
			day = at.AddDate(-3-d.IntN(20), 0, -d.IntN(300))
		}
		p.add(id, a.phrase(id)+" in the "+title(pick(d, machines)), day, a.someCVEs(id, 1+d.IntN(3), c.cves))
	}
	return p
}

func (p *certcc) add(id, name string, at time.Time, cves []string) {
	p.shelf = append(p.shelf, p.write(id, name, at))
	p.about[id] = cves
}

func (*certcc) name() string    { return "certcc" }
func (*certcc) hosts() []string { return []string{hostCERTCC} }

func (p *certcc) truth() map[vuln.Kind]shelf { return map[vuln.Kind]shelf{vuln.KindCERTCC: p.shelf} }

// move edits two notes and publishes one.
func (p *certcc) move(at time.Time, cves []string) {
	p.moves++
	p.at = at
	p.shelf.revise(p.dice(fmt.Sprint("certcc ", p.moves)), 2, at, func(*article) bool { return true })
	id := fmt.Sprintf("VU#%d", 980000+13*p.moves)
	p.add(id, p.phrase(id), at, p.someCVEs(id, 2, cves))
}

func (p *certcc) publish() site {
	out := site{}
	for _, x := range p.shelf {
		p.publishNote(out, x)
	}
	// Years to come have no notes yet, which is no error.
	for year := firstNote; year <= p.at.Year()+2; year++ {
		out[fmt.Sprintf("%s%d/summary/", apiCERTCC, year)] = p.summary(p.published(year, 0))
		for month := time.January; month <= time.December; month++ {
			notes := p.published(year, month)
			whole, summary := p.month(notes), p.summary(notes)
			for _, spelled := range []string{"%s%d/%d/", "%s%d/%02d/"} {
				address := fmt.Sprintf(spelled, apiCERTCC, year, month)
				out[address], out[address+"summary/"] = whole, summary
			}
		}
	}
	p.publishUpdates(out)
	return out
}

// published are the notes first published in a month, or year.
func (p *certcc) published(year int, month time.Month) shelf {
	return slices.DeleteFunc(slices.Clone(p.shelf), func(x *article) bool {
		return x.created.Year() != year || month != 0 && x.created.Month() != month
	})
}

func (p *certcc) summary(notes shelf) document {
	list := func(notes shelf) func() []byte {
		ids := []string{}
		for _, x := range notes {
			ids = append(ids, x.id)
		}
		return inJSON(object{"count", len(ids), "notes", ids})
	}
	return plain("application/json", list(notes)).otherwise(Empty, list(nil)).
		otherwise(Shrunk, list(notes[:len(notes)/4])).otherwise(Dropped, list(notes[:max(0, len(notes)-1)]))
}

func (p *certcc) month(notes shelf) document {
	list := func(notes shelf, spell func(string) string) func() []byte {
		bodies := []object{}
		for _, x := range notes {
			bodies = append(bodies, p.note(x, x.changed, spell))
		}
		return inJSON(bodies)
	}
	return plain("application/json", list(notes, asItIs)).otherwise(Empty, list(nil, asItIs)).
		otherwise(Shrunk, list(notes[:len(notes)/4], asItIs)).otherwise(Hyphens, list(notes, unbroken))
}

func asItIs(cve string) string { return cve }

// unbroken has hyphens that do not break lines, as people paste them.
func unbroken(cve string) string { return strings.ReplaceAll(cve, "-", "\u2011") }

// publishNote adds what there is about a note.
func (p *certcc) publishNote(out site, x *article) {
	number := strings.TrimPrefix(x.id, "VU#")
	send := func(body any) document { return plain("application/json", inJSON(body)) }
	note := send(p.note(x, x.changed, asItIs)).
		otherwise(Hyphens, inJSON(p.note(x, x.changed, unbroken))).
		otherwise(Backwards, inJSON(p.note(x, x.created.AddDate(0, 0, -1), asItIs)))
	out[apiCERTCC+number+"/"] = note
	out[hostCERTCC+"/vuls/notes/"+number+"/"] = note

	vuls, statuses := []object{}, []object{}
	for i, cve := range p.about[x.id] {
		vul := object{
			"note", number, "cve", strings.TrimPrefix(cve, "CVE-"), "description", p.sentence(cve), "uid", cve, "case_increment", i + 1,
			"date_added", x.created.Format(time.RFC3339), "dateupdated", x.changed.Format(time.RFC3339),
		}
		vuls = append(vuls, vul)
		statuses = append(statuses, object{
			"vul", cve, "vendor", "Nobody", "status", pick(p.dice("status "+cve), []string{"Affected", "Not Affected", "Unknown"}),
			"statement", nil, "references", nil, "dateupdated", x.changed.Format(time.RFC3339),
		})
		byCVE := apiCERTCC + "vuls/cve/" + strings.TrimPrefix(cve, "CVE-") + "/"
		if _, told := out[byCVE]; !told {
			out[byCVE] = send(object{"vulnerability", vul, "note", p.note(x, x.changed, asItIs), "vendors", p.vendors(x)})
		}
	}
	for name, body := range map[string]any{"vuls": vuls, "vendors": p.vendors(x), "vendors/vuls": statuses} {
		d := send(body).otherwise(Empty, inJSON([]object{}))
		out[apiCERTCC+number+"/"+name+"/"] = d
		out[apiCERTCC+name+"/"+number+"/"] = d
	}
}

func (p *certcc) vendors(x *article) []object {
	return []object{{
		"note", strings.TrimPrefix(x.id, "VU#"), "contact_date", x.created.Format(time.RFC3339), "vendor", "Nobody", "references", "",
		"statement", p.sentence("statement " + x.id), "dateupdated", x.changed.Format(time.RFC3339), "statement_date", nil, "addendum", nil,
	}}
}

// note is the note, with CVEs spelled as wanted.
func (p *certcc) note(x *article, updated time.Time, spell func(string) string) object {
	cves := []string{}
	for _, cve := range p.about[x.id] {
		cves = append(cves, spell(cve))
	}
	number := strings.TrimPrefix(x.id, "VU#")
	return object{
		"vuid", x.id, "idnumber", number, "name", x.title, "keywords", nil, "overview", "### Overview\n\n" + x.text(),
		"clean_desc", nil, "impact", p.sentence("impact " + x.id), "resolution", "Update it.", "workarounds", nil, "sysaffected", nil,
		"thanks", "Thanks to nobody.", "author", nil, "public",
		[]string{"https://example.org/notes/" + number},
		"cveids", cves,
		"certadvisory", nil, "uscerttechnicalalert", nil, "datecreated", x.created.Format(time.RFC3339),
		"publicdate", x.created.Format(time.RFC3339), "datefirstpublished", x.created.Format("2006-01-02T15:04:05.000000Z07:00"),
		"dateupdated", updated.Format("2006-01-02T15:04:05.000000Z07:00"), "revision", x.edition,
		"vrda_d1_directreport", nil, "cam_impact", nil, "ipprotocol", nil, "cvss_exploitablity", nil, "cvss_basescore", nil,
		"cvss_basevector", nil, "metric", nil, "vulnote", x.edition,
	}
}
