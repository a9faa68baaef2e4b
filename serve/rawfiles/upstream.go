package rawfiles

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vulnmirror/archive"
)

// Upstream answers /HOST/PATH as HOST did, with the newest file held of
// https://HOST/PATH, so that another vulnmirror can have this one as its upstream.
// What is not held, or not passed on, it answers with 404.
type Upstream struct {
	from *Handler
	mu   sync.Mutex
	held map[string]addresses // by source
}

// addresses are the current files of one manifest.
type addresses struct {
	read  time.Time               // of its file, when it was read
	files map[string]archive.File // by URL without its scheme
}

// Upstream returns the handler for paths that begin with the name of a host.
func (h *Handler) Upstream() *Upstream {
	return &Upstream{from: h, held: make(map[string]addresses)}
}

func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	name, f, ok, err := u.find(address)
	if err == nil && !ok {
		http.NotFound(w, r)
		return
	}
	if err == nil {
		err = u.send(w, r, name, f)
	}
	if err != nil {
		u.from.fail(w, r, err)
	}
}

// send gives a file as upstream did: what was packed for the archive only is
// unpacked again.
func (u *Upstream) send(w http.ResponseWriter, r *http.Request, name string, f archive.File) error {
	tag := `"` + f.ContentSHA256 + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache, no-transform")
	if f.LastModified != "" {
		w.Header().Set("Last-Modified", f.LastModified)
	}
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	tree := u.from.from.Source(name).FS()
	if strings.HasSuffix(f.URL, ".gz") {
		in, err := http.FS(tree).Open(f.Filename)
		if err != nil {
			return err
		}
		defer in.Close()
		w.Header().Set("Content-Type", "application/gzip")
		http.ServeContent(w, r, "", f.Fetched, in)
		return nil
	}
	in, err := archive.OpenContent(tree, f.Filename)
	if err != nil {
		return err
	}
	defer in.Close()
	w.Header().Set("Content-Type", contentType(strings.TrimSuffix(f.Path, "/")))
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(w, in); err != nil {
		u.from.log.Debug("file not sent whole", "path", r.URL.Path, "error", err)
	}
	return nil
}

// find looks for an address among the files of all sources that are passed on.
func (u *Upstream) find(address string) (string, archive.File, bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, s := range u.from.sources {
		if s.Withheld != "" {
			continue
		}
		if err := u.refresh(s.Name); err != nil {
			return "", archive.File{}, false, err
		}
		if f, ok := u.held[s.Name].files[address]; ok {
			return s.Name, f, true, nil
		}
	}
	return "", archive.File{}, false, nil
}

// refresh reads a source's manifest again when it is another file than before.
func (u *Upstream) refresh(name string) error {
	tree := u.from.from.Source(name)
	info, err := os.Stat(filepath.Join(tree.Dir(), "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.ModTime().Equal(u.held[name].read) {
		return err
	}
	m, err := tree.Manifest()
	if err == nil {
		u.held[name] = addressesOf(m, info.ModTime())
	}
	return err
}

func addressesOf(m archive.Manifest, read time.Time) addresses {
	out := addresses{read: read, files: make(map[string]archive.File)}
	for _, f := range m.Files {
		if _, address, ok := strings.Cut(f.URL, "://"); ok && f.Status == archive.Current {
			out.files[address] = f
		}
	}
	return out
}
