package documents_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/documents"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// upstream answers with the status in its path, /200/…, and that as the body.
type upstream struct{ asked atomic.Int64 }

func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	u.asked.Add(1)
	var status int
	if _, err := fmt.Sscanf(r.URL.Path, "/%d/", &status); err != nil || status == 0 {
		return nil, errors.New("the network is down")
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(r.URL.Path)),
	}, nil
}

func begin(t *testing.T) (*documents.Pass, *upstream, *archive.Tree) {
	t.Helper()
	u := new(upstream)
	client, err := fetch.New(fetch.Config{Transport: u, Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	tree := archive.Open(t.TempDir()).Source("x")
	run, err := tree.Begin(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return documents.NewPass(client, run), u, tree
}

func at(path string) documents.Document {
	return documents.Document{Path: "d" + path, URL: "https://example.org" + path}
}

func TestGet(t *testing.T) {
	p, u, tree := begin(t)
	for range 2 {
		f, err := p.Get(t.Context(), at("/200/a"))
		if err != nil || f.Path != "d/200/a" || !f.AsOf.Equal(p.Run.Started()) || u.asked.Load() != 1 {
			t.Errorf("%+v, %v, asked %d times", f, err, u.asked.Load())
		}
	}
	for path, alone := range map[string]bool{"/404/a": true, "/410/a": true, "/503/a": false, "/403/a": false, "/0/a": false} {
		var unavailable *documents.Unavailable
		if _, err := p.Get(t.Context(), at(path)); !errors.As(err, &unavailable) || unavailable.Alone != alone || errors.Is(err, source.ErrRefused) {
			t.Errorf("%s: %v", path, err)
		}
	}
	bad := at("/200/b")
	bad.Check = func(io.Reader) error { return errors.New("no good") }
	if _, err := p.Get(t.Context(), bad); !errors.As(err, new(*documents.Unavailable)) || !errors.Is(err, source.ErrRefused) {
		t.Error(err)
	}
	good := at("/200/c")
	if _, err := p.Download(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if err := p.Refuse(good, errors.New("on second thought")); !errors.Is(err, source.ErrRefused) {
		t.Error(err)
	}
	if left, err := os.ReadDir(tree.Dir() + "/quarantine"); err != nil || len(left) != 4 {
		t.Errorf("quarantine: %v %v", left, err)
	}
	if files := p.Run.ReceivedFiles(); len(files) != 1 {
		t.Errorf("%v", files)
	}
}

func TestTroubleOfThisMachineEndsIt(t *testing.T) {
	p, _, tree := begin(t)
	if err := os.RemoveAll(tree.Dir()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tree.Dir(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Get(t.Context(), at("/200/a")); err == nil || errors.As(err, new(*documents.Unavailable)) {
		t.Error(err)
	}
}

func TestEachGivesUp(t *testing.T) {
	for name, tc := range map[string]struct {
		path  func(i int) string
		asked int // at most
		had   int
	}{
		"all there":        {func(i int) string { return fmt.Sprintf("/200/%d", i) }, 150, 150},
		"none there":       {func(i int) string { return fmt.Sprintf("/404/%d", i) }, 102, 0},
		"out of service":   {func(i int) string { return fmt.Sprintf("/503/%d", i) }, 7, 0},
		"one in two there": {func(i int) string { return fmt.Sprintf("/%d/%d", 200+204*(i%2), i) }, 150, 75},
	} {
		t.Run(name, func(t *testing.T) {
			p, _, _ := begin(t)
			var asked atomic.Int64
			failed, err := p.Each(t.Context(), "things", 2, 150, func(ctx context.Context, i int) error {
				asked.Add(1)
				_, err := p.Download(ctx, at(tc.path(i)))
				return err
			})
			if err != nil || int(asked.Load()) > tc.asked || len(failed) != 150-tc.had {
				t.Errorf("%d asked, %d failed, %v", asked.Load(), len(failed), err)
			}
			for i, err := range failed {
				p.Miss(fmt.Errorf("%d: %w", i, err))
			}
			_, err = p.Close(source.Cursor{}, source.Cursor{}, nil)
			if tc.had == 150 && !errors.Is(err, source.ErrUnchanged) {
				t.Error(err)
			}
			if tc.had == 75 && (!errors.As(err, new(*source.Incomplete)) || !strings.Contains(err.Error(), "and 55 more")) {
				t.Error(err)
			}
			if tc.had == 0 && errors.As(err, new(*source.Incomplete)) {
				t.Errorf("nothing answered, and the run counts: %v", err)
			}
		})
	}
}

func TestEachEndsWithItsContextAndWithTroubleOfOurs(t *testing.T) {
	p, _, _ := begin(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	if _, err := p.Each(ctx, "things", 2, 50, func(context.Context, int) error { cancel(stopped); return nil }); !errors.Is(err, stopped) {
		t.Error(err)
	}
	broken := errors.New("the disk is full")
	if _, err := p.Each(t.Context(), "things", 2, 50, func(context.Context, int) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if failed, err := p.Each(t.Context(), "things", 2, 0, nil); failed != nil || err != nil {
		t.Error(failed, err)
	}
}

func TestWriteAndRead(t *testing.T) {
	p, _, _ := begin(t)
	f, err := p.Write("list.json", "https://example.org/", time.Time{}, map[string]string{"a": "<b>"})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := p.Read(f, &got); err != nil || got["a"] != "<b>" {
		t.Error(got, err)
	}
	var other []string
	if err := p.Read(f, &other); err == nil || !strings.Contains(err.Error(), f.Filename) {
		t.Error(err)
	}
	if _, err := p.Close(source.Cursor{}, source.Cursor{}, nil); err != nil {
		t.Errorf("something was received: %v", err)
	}
	p.Miss(errors.New("x"))
	if c, err := p.Close(source.Cursor{}, source.Cursor{Complete: true}, nil); !errors.As(err, new(*source.Incomplete)) || !c.Complete {
		t.Errorf("%+v %v", c, err)
	}
	if err := p.Tolerate(nil); err != nil {
		t.Error(err)
	}
	if err := p.Tolerate(errors.New("x")); err == nil {
		t.Error("trouble of ours is tolerated")
	}
}
