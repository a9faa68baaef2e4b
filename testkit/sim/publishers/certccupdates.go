package publishers

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// perPage is how many notes a page of the list of updates has.
const perPage = 15

// publishUpdates adds the list of notes by their latest update, which is made for
// people.
func (p *certcc) publishUpdates(out site) {
	const address = hostCERTCC + "/vuls/byupdate/desc/"
	notes := slices.Clone(p.shelf)
	slices.SortStableFunc(notes, func(a, b *article) int { return b.changed.Compare(a.changed) })
	n := 0
	for page := range slices.Chunk(notes, perPage) {
		n++
		list := plain("text/html; charset=utf-8", updates(page, "Published", "Public", "Updated", "ID", "CVSS", "Title")).
			otherwise(OtherLayout, updates(page, "First seen", "Disclosed", "Edited", "Number", "Score", "Name")).
			otherwise(Empty, updates(nil, "Published", "Public", "Updated", "ID", "CVSS", "Title"))
		out[fmt.Sprintf("%s?page=%d", address, n)] = list
		if n == 1 {
			list.paged = true
			out[address] = list
		}
	}
}

func updates(notes shelf, columns ...string) func() []byte {
	var out bytes.Buffer
	out.WriteString("<!DOCTYPE html>\n<html><head><title>Notes</title></head><body>\n<table class=\"scroll\"><thead><tr>\n")
	for _, c := range columns {
		fmt.Fprintf(&out, "  <th scope=\"col\">%s</th>\n", c)
	}
	out.WriteString("</tr></thead><tbody>\n")
	for _, x := range notes {
		published := x.created.Format(time.DateOnly)
		fmt.Fprintf(&out, "<tr>\n  <td>%s</td>\n  <td>%s</td>\n  <td>%s</td>\n  <td class=\"vulid\">%s</td>\n  <td></td>\n  <td><a href=\"/vuls/id/%s\">%s</a></td>\n</tr>\n",
			published, published, x.changed.Format(time.DateOnly), x.id, x.id[3:], escaped(x.title))
	}
	out.WriteString("</tbody></table>\n</body></html>\n")
	return fixed(out.Bytes())
}
