// Package rawfiles serves what upstream sent, as the archive has it: every file
// under the name that its manifest gives it, with its hash, for other mirrors and
// for whoever wants proof.
//
//	/archive/                            the sources, as JSON
//	/archive/SOURCE/manifest.json        their manifests
//	/archive/SOURCE/raw/RUN/PATH         their files
//	/HOST/PATH                           the newest file of https://HOST/PATH
//
// Files that no manifest names are not served, nor are sources whose terms do not
// allow it.
package rawfiles

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"vulnmirror/archive"
)

// Prefix begins every path.
const Prefix = "/archive/"

// Source is one that may be asked for.
type Source struct {
	Name        string `json:"source"`
	Title       string `json:"title"`
	Licence     string `json:"licence"`
	Attribution string `json:"attribution"`
	Manifest    string `json:"manifest,omitempty"` // address; "" while nothing is held
	// Withheld says why its files are not served; "" when they are.
	Withheld string `json:"withheld,omitempty"`
}

// New returns the handler for paths below Prefix. Sources are served from the
// archive; errors of the disk go to the log.
func New(from *archive.Archive, sources []Source, log *slog.Logger) *Handler {
	return &Handler{from: from, sources: sources, log: log, held: make(map[string]catalogue)}
}

// Handler answers paths below Prefix.
type Handler struct {
	from    *archive.Archive
	sources []Source
	log     *slog.Logger

	mu   sync.Mutex
	held map[string]catalogue // by source
}

// catalogue is the files of one manifest.
type catalogue struct {
	run   string
	files map[string]archive.File // by Filename
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest := strings.TrimPrefix(r.URL.Path, Prefix)
	if rest == "" {
		h.list(w, r)
		return
	}
	name, file, _ := strings.Cut(rest, "/")
	i := slices.IndexFunc(h.sources, func(s Source) bool { return s.Name == name })
	switch {
	case i < 0:
		http.NotFound(w, r)
	case h.sources[i].Withheld != "":
		http.Error(w, h.sources[i].Withheld, http.StatusForbidden)
	case file == "manifest.json":
		h.manifest(w, r, name)
	case strings.HasPrefix(file, "raw/"):
		h.file(w, r, name, strings.TrimPrefix(file, "raw/"))
	default:
		http.NotFound(w, r)
	}
}

// list names the sources.
func (h *Handler) list(w http.ResponseWriter, r *http.Request) {
	held, err := h.from.Sources()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	out := slices.Clone(h.sources)
	for i := range out {
		if out[i].Withheld == "" && slices.Contains(held, out[i].Name) {
			out[i].Manifest = Prefix + out[i].Name + "/manifest.json"
		}
	}
	h.write(w, r, map[string]any{"sources": out})
}

func (h *Handler) manifest(w http.ResponseWriter, r *http.Request, name string) {
	m, err := h.from.Source(name).Manifest()
	switch {
	case err != nil:
		h.fail(w, r, err)
	case m.Run == "":
		http.NotFound(w, r)
	default:
		h.write(w, r, m)
	}
}

// file sends one file with the hash of its bytes as its validator.
func (h *Handler) file(w http.ResponseWriter, r *http.Request, name, filename string) {
	f, ok, err := h.find(name, filename)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	in, err := http.FS(h.from.Source(name).FS()).Open(filename)
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer in.Close()
	w.Header().Set("ETag", `"`+f.SHA256+`"`)
	w.Header().Set("X-Content-SHA256", f.ContentSHA256)
	w.Header().Set("Cache-Control", "immutable, no-transform")
	w.Header().Set("Content-Type", contentType(filename))
	http.ServeContent(w, r, "", f.Fetched, in)
}

// contentType goes by the name; what is packed stays so.
func contentType(filename string) string {
	switch ext := path.Ext(filename); ext {
	case ".gz":
		return "application/gzip"
	case ".zst":
		return "application/zstd"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
	}
	return "application/octet-stream"
}

// find looks a file up in its source's manifest, which is read again when a run
// has changed it.
func (h *Handler) find(name, filename string) (archive.File, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f, ok := h.held[name].files[filename]; ok {
		return f, true, nil
	}
	m, err := h.from.Source(name).Manifest()
	if err != nil || m.Run == h.held[name].run {
		return archive.File{}, false, err
	}
	c := catalogue{run: m.Run, files: make(map[string]archive.File, len(m.Files))}
	for _, f := range m.Files {
		c.files[f.Filename] = f
	}
	h.held[name] = c
	f, ok := c.files[filename]
	return f, ok, nil
}

func (h *Handler) write(w http.ResponseWriter, r *http.Request, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		h.log.Debug("client went away", "path", r.URL.Path, "error", err)
	}
}

func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	h.log.Error("file not served", "path", r.URL.Path, "error", err)
	http.Error(w, "the archive cannot be read at the moment; try again later", http.StatusServiceUnavailable)
}
