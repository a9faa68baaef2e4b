package publishers

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// article is one thing a publisher says something about.
type article struct {
	id      string
	title   string
	about   string // a sentence
	edition int    // how often it was written, from 1
	created time.Time
	changed time.Time
	status  string // where the publisher gives one
	gone    bool
	// says, where there is one, is Entry.Says in place of the text.
	says string
}

// text is what the article says. It differs in every edition.
func (x *article) text() string {
	return fmt.Sprintf("%s This is edition %d of %s.", x.about, x.edition, x.id)
}

func (x *article) rewrite(at time.Time) {
	x.edition++
	x.changed = at
}

// shelf is the articles of one kind, in the publisher's order.
type shelf []*article

// present are those that are not gone.
func (s shelf) present() shelf {
	return slices.DeleteFunc(slices.Clone(s), func(x *article) bool { return x.gone })
}

// forget makes the past that nobody has seen as if it had not been. What is gone
// keeps its place, so that nothing else moves.
func (s shelf) forget() {
	for _, x := range s {
		if x.gone {
			x.id = ""
		}
	}
}

func (s shelf) entries() []Entry {
	var out []Entry
	for _, x := range s {
		if x.id != "" {
			out = append(out, Entry{ID: x.id, Title: x.title, Says: cmp.Or(x.says, x.text()), Gone: x.gone})
		}
	}
	return out
}

func byID(a, b Entry) int { return cmp.Compare(a.ID, b.ID) }

// revise writes n of the articles anew that hold.
func (s shelf) revise(d *rand.Rand, n int, at time.Time, hold func(*article) bool) {
	fit := slices.DeleteFunc(s.present(), func(x *article) bool { return !hold(x) })
	for _, x := range some(d, n, fit) {
		x.rewrite(at)
	}
}

// write starts an article.
func (a author) write(id, name string, at time.Time) *article {
	return &article{id: id, title: name, about: a.sentence(id), edition: 1, created: at, changed: at}
}
