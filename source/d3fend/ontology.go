package d3fend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	format "vulnmirror/format/d3fend"
	"vulnmirror/source"
	"vulnmirror/source/edition"
)

// ontology is one form the ontology is published in.
type ontology struct {
	file   string
	form   format.Form
	header http.Header
}

// tables are the files the table of mappings may be, the preferred one first.
var tables = []struct {
	file string
	form format.Form
}{{"d3fend-full-mappings.csv", format.CSV}, {"d3fend-full-mappings.json", format.JSON}}

func (o ontology) gather(ctx context.Context, g *edition.Gathering) error {
	version, err := askVersion(ctx, g.Up)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	whole := func(r io.Reader) edition.Reading { return o.read(r, nil) }
	p := edition.Part{Path: o.file, Header: o.header, Check: edition.ReadsFirst(whole)}
	if err != nil {
		g.Note(fmt.Sprintf("the newest version is not told: %v", err))
	} else {
		p.URLs = append(p.URLs, g.Up.At(versioned, "version", version, "file", o.file))
	}
	p.URLs = append(p.URLs, g.Up.At(latest, "file", o.file))
	if err := g.Get(ctx, p); err != nil {
		return err
	}
	if version, err = o.version(g, version); err != nil {
		return err
	}
	return o.gatherTable(ctx, g, version)
}

// gatherTable gets the table of mappings of a version. That there is none is no
// error.
func (o ontology) gatherTable(ctx context.Context, g *edition.Gathering, version string) error {
	var failures []error
	for _, t := range tables {
		check := func(r io.Reader) error {
			_, err := format.ReadMappings(r, t.form)
			return err
		}
		p := edition.Part{Path: t.file, Check: check}
		if version != "" {
			p.URLs = append(p.URLs, g.Up.At(versioned, "version", version, "file", t.file))
		}
		p.URLs = append(p.URLs, g.Up.At(inference, "file", t.file))
		err := g.Get(ctx, p)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		failures = append(failures, err)
	}
	remark := "without the table of mappings to ATT&CK"
	if g.Held != nil && g.Held.Release == version && version != "" {
		for _, t := range tables {
			if g.Keep(t.file) {
				remark = "with the table of mappings to ATT&CK that is held"
			}
		}
	}
	g.Note(fmt.Sprintf("%s: %v", remark, errors.Join(failures...)))
	return nil
}

// version is the one the ontology fetched says it is of, else the one asked for.
func (o ontology) version(g *edition.Gathering, asked string) (string, error) {
	if g.Unchanged(o.file) && g.Held.Release != "" {
		return g.Held.Release, nil
	}
	in, err := g.Open(o.file)
	if err != nil {
		return "", err
	}
	reading := o.read(in, nil)
	if _, err = reading.Next(); refusal(err) != nil {
		err = nil
	}
	if err := errors.Join(err, in.Close()); err != nil {
		return "", err
	}
	if stated, _ := reading.Release(); stated != "" {
		return stated, nil
	}
	return asked, nil
}

// read begins to read the ontology; its reader sees the whole document before the
// first record.
func (o ontology) read(r io.Reader, mappings *format.Mappings) edition.Reading {
	in := format.NewReader(r, o.form, mappings)
	return edition.Reading{
		Next: in.Next, Refusal: refusal,
		Release: func() (string, time.Time) { return in.Release().Version, in.Release().Date },
	}
}

var refusal = edition.Refusal(func(bad *format.RecordError) source.Refused {
	return source.Refused{ID: bad.ID, Place: "its node", Reason: bad.Err.Error()}
})

// open joins the table to the ontology.
func (o ontology) open(fsys fs.FS) (edition.Reading, error) {
	mappings, err := readTable(fsys)
	if err != nil {
		return edition.Reading{}, err
	}
	return edition.OneFile(o.file, func(r io.Reader) edition.Reading { return o.read(r, mappings) })(fsys)
}

// readTable reads the table of mappings, nil when there is none.
func readTable(fsys fs.FS) (*format.Mappings, error) {
	for _, t := range tables {
		in, err := fsys.Open(t.file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		mappings, err := format.ReadMappings(in, t.form)
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", t.file, err)
		}
		return mappings, nil
	}
	return nil, nil
}
