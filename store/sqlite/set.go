package sqlite

import (
	"slices"
	"strconv"

	"vulnmirror/vuln"
)

// members are what a set consists of.
type members interface {
	// name adds to d all that makes the set this one.
	name(d *digest)
	// write makes the rows of the set's members.
	write(w *session, set int64) error
}

type (
	sourceSet   []string // sorted, each once
	weaknessSet []vuln.Weakness
	tagSet      []vuln.Tag
	scoreSet    []vuln.Score
	listingSet  []vuln.Reference // the listings of one URL
)

func newSourceSet(sources []string) sourceSet {
	sorted := sourceSet(slices.Clone(sources))
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

func (m sourceSet) name(d *digest) {
	d.add("sources")
	d.add(m...)
}

func (m sourceSet) write(w *session, set int64) error {
	for _, name := range m {
		if err := w.exec("INSERT INTO set_source VALUES (?, ?)", set, name); err != nil {
			return err
		}
	}
	return nil
}

func (m weaknessSet) name(d *digest) {
	d.add("weaknesses")
	for _, x := range m {
		d.add(x.CWE, x.Source, x.Type)
	}
}

func (m weaknessSet) write(w *session, set int64) error {
	for i, x := range m {
		if err := w.exec("INSERT INTO set_weakness VALUES (?, ?, ?, ?, ?)", set, i, x.CWE, x.Source, x.Type); err != nil {
			return err
		}
	}
	return nil
}

func (m tagSet) name(d *digest) {
	d.add("tags")
	for _, t := range m {
		d.add(t.Name, t.Source)
	}
}

func (m tagSet) write(w *session, set int64) error {
	for i, t := range m {
		if err := w.exec("INSERT INTO set_tag VALUES (?, ?, ?, ?)", set, i, t.Name, t.Source); err != nil {
			return err
		}
	}
	return nil
}

func (m scoreSet) name(d *digest) {
	d.add("scores")
	for _, s := range m {
		d.add(s.Version, s.Scorer, s.Type, strconv.FormatFloat(s.Base, 'g', -1, 64), s.Severity, s.Vector)
	}
}

func (m scoreSet) write(w *session, set int64) error {
	for i, s := range m {
		if err := w.exec("INSERT INTO set_score VALUES (?, ?, ?, ?, ?, ?, ?, ?)", set, i, s.Version, s.Scorer, s.Type, s.Base, s.Severity, s.Vector); err != nil {
			return err
		}
	}
	return nil
}

func (m listingSet) name(d *digest) {
	d.add("listings")
	for _, l := range m {
		d.add(l.Source, strconv.Itoa(len(l.Tags)))
		d.add(l.Tags...)
	}
}

func (m listingSet) write(w *session, set int64) error {
	for i, l := range m {
		if err := w.exec("INSERT INTO set_listing VALUES (?, ?, ?, ?)", set, i, l.Source, jsonList(l.Tags)); err != nil {
			return err
		}
	}
	return nil
}
