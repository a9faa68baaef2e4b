package edition_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/source/sourcetest"
	"vulnmirror/vuln"
)

// The publisher of these tests lists dishes in two files, which belong together,
// and the same in one file elsewhere.
var (
	menu  = fetch.Location{Name: "menu", URL: "https://menu.example/{file}"}
	whole = fetch.Location{Name: "whole", URL: "https://other.example/whole.txt"}
	check = fetch.Location{Name: "release", URL: "https://menu.example/release"}
)

func publication() edition.Publication {
	return edition.Publication{
		Info: source.Info{
			Name: "menu", Title: "Menus", Kind: vuln.KindCWE, Home: "https://menu.example/",
			Licence: "none", Attribution: "the cook", Interval: time.Hour, Floor: 2,
			Locations: []fetch.Location{menu, whole, check},
		},
		Ways: []edition.Way{
			{Name: "courses", Requests: 2, Gather: gatherCourses, Open: openCourses},
			{Name: "whole", Requests: 1, Gather: edition.GetOne("whole.txt", edition.ReadsAll(lines), nil, whole), Open: edition.OneFile("whole.txt", lines)},
		},
		Check: func(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
			text, _, err := up.Read(ctx, fetch.Request{URL: up.At(check)}, 100)
			return err != nil || strings.TrimSpace(string(text)) != last.Release, err
		},
		Read: func(body []byte) (vuln.Record, error) {
			var dish struct{ ID, Name string }
			if err := json.Unmarshal(body, &dish); err != nil {
				return vuln.Record{}, err
			}
			if dish.Name == "" {
				return vuln.Record{ID: dish.ID}, errors.New("a dish without a name")
			}
			return vuln.Record{Kind: vuln.KindCWE, ID: dish.ID, Title: dish.Name, Body: body}, nil
		},
	}
}

var courses = []string{"main.txt", "sweet.txt"}

func gatherCourses(ctx context.Context, g *edition.Gathering) error {
	var parts []edition.Part
	for _, file := range courses {
		parts = append(parts, edition.Part{Path: file, URLs: []string{g.Up.At(menu, "file", file)}, Check: edition.ReadsAll(lines)})
	}
	return g.All(ctx, parts)
}

func openCourses(fsys fs.FS) (edition.Reading, error) {
	var readings []edition.Reading
	c := edition.Chain(fsys, courses, func(r io.Reader) edition.Nexter {
		readings = append(readings, lines(r))
		return nexter{readings[len(readings)-1].Next}
	})
	return edition.OfList(c, func() (string, time.Time) { return readings[0].Release() }, c.Close), nil
}

type nexter struct{ next func() ([]byte, error) }

func (n nexter) Next() ([]byte, error) { return n.next() }

// lines reads a file whose first line has a release and its day, and which has a
// dish a line after that and "end" at its end.
func lines(r io.Reader) edition.Reading {
	in := bufio.NewScanner(r)
	var release string
	var day time.Time
	n := 0
	return edition.OfList(nexter{func() ([]byte, error) {
		for in.Scan() {
			if n++; n > 1 && in.Text() == "end" {
				return nil, io.EOF
			} else if n > 1 {
				return []byte(strings.Clone(in.Text())), nil
			}
			var err error
			text, date, _ := strings.Cut(in.Text(), " ")
			if day, err = time.Parse(time.DateOnly, date); err != nil {
				return nil, fmt.Errorf("line 1: no release: %w", err)
			}
			release = text
		}
		return nil, errors.Join(in.Err(), io.ErrUnexpectedEOF)
	}}, func() (string, time.Time) { return release, day }, nil)
}

// file is one with a release and dishes, "ID" or "ID=" for one without a name.
func file(release string, dishes ...string) *fstest.MapFile {
	text := release + "\n"
	for _, id := range dishes {
		name := "dish " + id
		if strings.HasSuffix(id, "=") {
			id, name = strings.TrimSuffix(id, "="), ""
		}
		text += fmt.Sprintf("{\"ID\":%q,\"Name\":%q}\n", id, name)
	}
	return &fstest.MapFile{Data: []byte(text + "end\n")}
}

func first() fstest.MapFS {
	return fstest.MapFS{
		"menu.example/release":    {Data: []byte("1.0")},
		"menu.example/main.txt":   file("1.0 2031-01-01", "a", "b", "c"),
		"menu.example/sweet.txt":  file("1.0 2031-01-01", "x", "y"),
		"other.example/whole.txt": file("1.0 2031-01-01", "a", "b", "c", "x", "y"),
	}
}

// with is the first world with other files; nil takes one away.
func with(files fstest.MapFS) http.Handler {
	world := first()
	for name, f := range files {
		if f == nil {
			delete(world, name)
		} else {
			world[name] = f
		}
	}
	return sourcetest.Files(world)
}

func TestSource(t *testing.T) {
	sourcetest.Run(t, sourcetest.Subject{
		New:      func() source.Source { return edition.New(publication()) },
		Upstream: with(nil),
		Later: with(fstest.MapFS{
			"menu.example/release":   {Data: []byte("1.1")},
			"menu.example/sweet.txt": file("1.1 2031-02-01", "x", "z"),
			"menu.example/main.txt":  file("1.1 2031-02-01", "a", "b", "c", "d"),
		}),
	})
}

// TestProof puts a second edition before a mirror that holds the first.
func TestProof(t *testing.T) {
	const whole = "other.example/whole.txt"
	for name, tc := range map[string]struct {
		world  fstest.MapFS
		reason string // why it is refused; "" when it is taken
	}{
		"one more": {fstest.MapFS{"menu.example/main.txt": file("1.1 2031-02-01", "a", "b", "c", "d"), whole: nil}, ""},
		"fewer than the floor": {fstest.MapFS{
			"menu.example/main.txt": file("1.1 2031-02-01", "a"), "menu.example/sweet.txt": file("1.1 2031-02-01", "a"), whole: nil,
		}, "it has 1 records, and a whole one has 2 at least"},
		"much fewer than held": {fstest.MapFS{
			"menu.example/main.txt": file("1.1 2031-02-01", "a", "b"), "menu.example/sweet.txt": file("1.1 2031-02-01", "x"), whole: nil,
		}, "it has 3 records where the edition held has 5"},
		"older": {fstest.MapFS{
			"menu.example/main.txt": file("0.9 2030-01-01", "a", "b", "c", "d"), whole: nil,
		}, `it is of 2030-01-01 (release "0.9"), older than the edition held, of 2031-01-01 ("1.0")`},
		"unreadable": {fstest.MapFS{
			"menu.example/main.txt": file("1.1 2031-02-01", "a", "b", "c", "d="), whole: nil,
		}, "1 of 6 records cannot be read, the first: d at its entry: a dish without a name"},
		"empty": {fstest.MapFS{
			"menu.example/main.txt": file("1.1 2031-02-01"), "menu.example/sweet.txt": file("1.1 2031-02-01"), whole: nil,
		}, "it has no records"},
	} {
		t.Run(name, func(t *testing.T) {
			m := sourcetest.NewMirror(t, edition.New(publication()))
			m.Must(with(nil))
			before, cursor := m.IDs(), m.Cursor()
			err := m.Fetch(with(tc.world), nil)
			if tc.reason == "" {
				if err != nil {
					t.Errorf("Fetch: %v", err)
				}
				return
			}
			if !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), tc.reason) || !strings.Contains(err.Error(), "https://menu.example/main.txt") {
				t.Errorf("Fetch: %v\nwant it to be refused since %s", err, tc.reason)
			}
			if after := m.IDs(); !slices.Equal(before, after) || m.Cursor().Release != cursor.Release {
				t.Errorf("held are %v of %q, before %v", after, m.Cursor().Release, before)
			}
			if q := strings.Join(m.Quarantined(), "\n"); !strings.Contains(q, "https://menu.example/main.txt") {
				t.Errorf("nothing of it is in quarantine: %s", q)
			}
			// What was refused is not in the way of what comes then.
			m.Must(with(fstest.MapFS{"menu.example/main.txt": file("1.2 2031-03-01", "a", "b", "c", "d")}))
			if got := m.IDs(); !slices.Contains(got, "d") {
				t.Errorf("after that, %v are held", got)
			}
		})
	}
}

// TestSecondWay: what cannot be had or believed one way is had the next, and
// operators are told why.
func TestSecondWay(t *testing.T) {
	for name, world := range map[string]fstest.MapFS{
		"missing": {"menu.example/sweet.txt": nil},
		"refused": {"menu.example/sweet.txt": file("1.0 2031-01-01", "x=", "y=")},
	} {
		t.Run(name, func(t *testing.T) {
			m := sourcetest.NewMirror(t, edition.New(publication()))
			m.Must(with(world))
			if got := m.IDs(); len(got) != 5 {
				t.Errorf("held are %v", got)
			}
			notes := strings.Join(m.Cursor().Notes, "\n")
			if !strings.Contains(notes, "whole, since courses: ") || !strings.Contains(notes, "https://menu.example/") {
				t.Errorf("the notes are %q", notes)
			}
			m.Must(with(nil)) // and back
			if notes := m.Cursor().Notes; len(notes) > 0 {
				t.Errorf("the notes remain: %q", notes)
			}
			if e := held(t, m); e.Way != "courses" || len(e.Members) != 2 {
				t.Errorf("held is %+v", e)
			}
		})
	}
}

// TestMembersAreNotMixed: the files of an edition that failed in the middle are in
// the archive, and no record is read from them.
func TestMembersAreNotMixed(t *testing.T) {
	p := publication()
	p.Ways = p.Ways[:1]
	p.Ways[0].Gather = func(ctx context.Context, g *edition.Gathering) error {
		for _, file := range courses { // one after the other, so that it is known where it ends
			if err := g.Get(ctx, edition.Part{Path: file, URLs: []string{g.Up.At(menu, "file", file)}}); err != nil {
				return err
			}
		}
		return nil
	}
	m := sourcetest.NewMirror(t, edition.New(p))
	m.Must(with(nil))
	next := fstest.MapFS{
		"menu.example/main.txt":  file("1.1 2031-02-01", "a", "b", "c", "new"),
		"menu.example/sweet.txt": nil,
	}
	if err := m.Fetch(with(next), nil); err == nil {
		t.Fatal("Fetch succeeds without one of two files")
	}
	if got := m.IDs(); slices.Contains(got, "new") {
		t.Errorf("held are %v", got)
	}
	next["menu.example/sweet.txt"] = file("1.1 2031-02-01", "x", "y")
	m.Must(with(next))
	if got := m.IDs(); !slices.Contains(got, "new") || m.Cursor().Release != "1.1" {
		t.Errorf("held are %v of %q", got, m.Cursor().Release)
	}
	if sent := m.Sent(); !slices.Equal(sent, []string{"https://menu.example/sweet.txt"}) {
		t.Errorf("the run that goes on is sent %v, want only what it lacked", sent)
	}
}

func TestUnchangedIsAskedConditionally(t *testing.T) {
	m := sourcetest.NewMirror(t, edition.New(publication()))
	m.Must(with(nil))
	if err := m.Fetch(with(nil), nil); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("Fetch: %v", err)
	}
	if sent := m.Sent(); len(sent) > 0 {
		t.Errorf("sent again: %v", sent)
	}
	// An upstream without validators sends everything, which changes nothing.
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-None-Match")
		with(nil).ServeHTTP(w, r)
	})
	files := len(m.Manifest().Files)
	m.Must(bare)
	if now := len(m.Manifest().Files); now != files {
		t.Errorf("%d files are held where %d were", now, files)
	}
}

// TestMiss: what stands by itself may be missing; it stays as it is held.
func TestMiss(t *testing.T) {
	p := publication()
	p.Ways = []edition.Way{{Name: "courses", Open: openCourses, Gather: func(ctx context.Context, g *edition.Gathering) error {
		for _, file := range courses {
			if err := g.Get(ctx, edition.Part{Path: file, URLs: []string{g.Up.At(menu, "file", file)}}); err != nil {
				g.Miss(file, fmt.Errorf("the course %s: %w", file, err))
			}
		}
		return nil
	}}}
	m := sourcetest.NewMirror(t, edition.New(p))
	m.Must(with(nil))
	err := m.Fetch(with(fstest.MapFS{
		"menu.example/main.txt":  file("1.1 2031-02-01", "a", "b", "c", "new"),
		"menu.example/sweet.txt": nil,
	}), nil)
	var incomplete *source.Incomplete
	if !errors.As(err, &incomplete) || !strings.Contains(err.Error(), "the course sweet.txt: GET https://menu.example/sweet.txt") {
		t.Errorf("Fetch: %v", err)
	}
	if got := strings.Join(m.IDs(), " "); got != "a b c new x y" {
		t.Errorf("held are %s", got)
	}
	if !m.Cursor().Complete {
		t.Error("what was complete is no longer")
	}
}

// TestManyPlaces: the place that served is noted when it was not the first.
func TestManyPlaces(t *testing.T) {
	p := publication()
	p.Ways = []edition.Way{{Name: "whole", Open: edition.OneFile("whole.txt", lines), Gather: edition.GetOne("whole.txt", edition.ReadsAll(lines), nil, check, whole)}}
	m := sourcetest.NewMirror(t, edition.New(p))
	m.Must(with(nil)) // the first location has no menu
	notes := strings.Join(m.Cursor().Notes, "\n")
	if !strings.HasPrefix(notes, "whole.txt is from https://other.example/whole.txt, since: data refused: GET https://menu.example/release") {
		t.Errorf("the notes are %q", notes)
	}
}

// TestArchiveOfANewerProgram: an edition had a way nobody knows is not guessed at.
func TestArchiveOfANewerProgram(t *testing.T) {
	p := publication()
	m := sourcetest.NewMirror(t, edition.New(p))
	m.Must(with(nil))
	p.Ways = p.Ways[1:]
	for _, f := range m.Manifest().Files {
		for _, err := range edition.New(p).Decode(m.Tree().FS(), f.Filename) {
			if err == nil || !strings.Contains(err.Error(), f.Filename) || !strings.Contains(err.Error(), `"courses"`) {
				t.Errorf("Decode: %v", err)
			}
		}
	}
}

func TestPreview(t *testing.T) {
	p, err := edition.New(publication()).Preview(source.Cursor{})
	if err != nil || p.Way != "courses" || p.Requests != 2 || len(p.URLs) == 0 {
		t.Errorf("Preview: %+v, %v", p, err)
	}
}

// held is the edition in the archive.
func held(t *testing.T, m *sourcetest.Mirror) edition.Edition {
	t.Helper()
	var e edition.Edition
	for _, f := range m.Manifest().Files {
		if f.Path != edition.Path || f.Status != "current" {
			continue
		}
		in, err := archive.OpenContent(m.Tree().FS(), f.Filename)
		if err == nil {
			err = errors.Join(json.NewDecoder(in).Decode(&e), in.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return e
}
