package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// manifestVersion is the schema number written; higher ones are refused.
const manifestVersion = 1

// The states of a File.
const (
	Current    = "current"    // the newest file at its path
	Superseded = "superseded" // a newer file at the same path took its place
)

// A manifest or journal that cannot be used is an error that wraps one of these.
// It is never treated as "nothing held".
var (
	ErrDamaged = errors.New("damaged")
	ErrNewer   = errors.New("written by a newer program")
)

// File is one received file: an entry of files[] in manifest.json.
type File struct {
	// Filename is relative to raw, with slashes, and never reused:
	// "20261121T203400Z/feeds/nvdcve-2.0-2002.json.gz".
	Filename string `json:"filename"`
	// Path is the logical path: "feeds/nvdcve-2.0-2002.json.gz". The newest
	// file at a path is current.
	Path string `json:"path"`
	// SizeBytes and SHA256 (lower-case hex, as all hashes here) are of the file
	// on disk.
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`
	// ContentBytes and ContentSHA256 are of the file decompressed.
	ContentBytes  int64  `json:"content_bytes"`
	ContentSHA256 string `json:"content_sha256"`
	// WireSHA256 is of the bytes as they came over the network.
	WireSHA256 string `json:"wire_sha256"`
	// Encoding is how the file on disk is compressed: "gzip" or "zstd".
	Encoding string `json:"encoding,omitempty"`
	URL      string `json:"url"`
	Status   string `json:"status"` // Current or Superseded
	// ETag and LastModified are upstream's validators, as sent.
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	// Fetched is when upstream last sent this content, to the second.
	Fetched time.Time `json:"fetched_at"`
	// AsOf is upstream's own time of the content, if it gives one.
	AsOf time.Time `json:"as_of,omitzero"`
	// Anew tells that the run fetched everything anew: files of earlier runs no
	// longer say what upstream has.
	Anew bool `json:"anew,omitempty"`
	// Run is the run that stored the bytes.
	Run string `json:"run"`
}

// Manifest says what is held of a source. Files are in the order in which they
// were stored.
type Manifest struct {
	Version     int       `json:"version"` // of this schema
	Source      string    `json:"source"`
	LastUpdated time.Time `json:"last_updated"` // the last commit, UTC, to the second
	Run         string    `json:"run"`          // the last run committed
	Files       []File    `json:"files"`
	// Cursor says where the source's next fetch resumes; its shape is the
	// caller's.
	Cursor json.RawMessage `json:"cursor,omitempty"`
	// Removing names files that Prune took from the manifest and has not yet
	// deleted.
	Removing []string `json:"removing,omitempty"`
}

// Manifest reads manifest.json. It returns the zero Manifest when there is none
// yet, and an error wrapping ErrDamaged or ErrNewer when there is one that cannot
// be used.
func (t *Tree) Manifest() (Manifest, error) {
	data, err := os.ReadFile(t.manifestPath())
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, nil
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("read the manifest: %w", err)
	}
	m, err := parseManifest(data, t.name)
	if errors.Is(err, ErrDamaged) {
		return m, fmt.Errorf("%s: %w (the manifests of earlier days are in %s: copy the newest good one over it, then run verify)",
			t.manifestPath(), err, t.historyPath())
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w", t.manifestPath(), err)
	}
	return m, nil
}

// parseManifest decodes a manifest of source and checks that it makes sense.
func parseManifest(data []byte, source string) (Manifest, error) {
	var head struct{ Version int }
	if err := json.Unmarshal(data, &head); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if head.Version > manifestVersion {
		return Manifest{}, fmt.Errorf("%w: version %d, this one knows up to %d; use the newer program",
			ErrNewer, head.Version, manifestVersion)
	}
	if head.Version < 1 {
		return Manifest{}, fmt.Errorf("%w: no version number", ErrDamaged)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := m.check(source); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if m.Cursor != nil { // indented with the rest
		var cursor bytes.Buffer
		if err := json.Compact(&cursor, m.Cursor); err != nil {
			return Manifest{}, fmt.Errorf("%w: cursor: %w", ErrDamaged, err)
		}
		m.Cursor = cursor.Bytes()
	}
	return m, nil
}

func (m *Manifest) check(source string) error {
	if m.Source != source {
		return fmt.Errorf("is of source %q, not %q", m.Source, source)
	}
	seen := make(map[string]bool, len(m.Files))
	for i, f := range m.Files {
		if err := f.check(); err != nil {
			return fmt.Errorf("files[%d]: %w", i, err)
		}
		if seen[f.Filename] {
			return fmt.Errorf("files[%d]: %q is named twice", i, f.Filename)
		}
		seen[f.Filename] = true
	}
	for _, name := range m.Removing {
		if !validName(name) || seen[name] {
			return fmt.Errorf("removing: bad filename %q", name)
		}
	}
	return nil
}

func (f File) check() error {
	if !validName(f.Filename) {
		return fmt.Errorf("bad filename %q", f.Filename)
	}
	if !validName(f.Path) {
		return fmt.Errorf("bad path %q", f.Path)
	}
	if f.SizeBytes < 0 || f.ContentBytes < 0 {
		return fmt.Errorf("%s: negative size", f.Filename)
	}
	for _, sum := range []string{f.SHA256, f.ContentSHA256} {
		if raw, err := hex.DecodeString(sum); err != nil || len(raw) != 32 {
			return fmt.Errorf("%s: bad SHA-256 %q", f.Filename, sum)
		}
	}
	if f.Status != Current && f.Status != Superseded {
		return fmt.Errorf("%s: unknown status %q", f.Filename, f.Status)
	}
	return checkEncoding(f.Encoding)
}

// validName reports whether name can only mean a file below the folder it is
// joined to.
func validName(name string) bool {
	return fs.ValidPath(name) && name != "." && filepath.IsLocal(filepath.FromSlash(name))
}

// publish makes m the manifest: when it returns nil, m survives a crash. The
// copy in the history comes second, and Begin repeats it if it was missed.
func (t *Tree) publish(m Manifest) error {
	data, err := encodeManifest(m)
	if err != nil {
		return err
	}
	if err := makeDir(t.dir); err != nil {
		return err
	}
	if err := WriteFile(t.manifestPath(), data); err != nil {
		return err
	}
	return t.keepHistory(m.LastUpdated, data)
}

// keepHistory stores data as the manifest of the day.
func (t *Tree) keepHistory(day time.Time, data []byte) error {
	if err := makeDir(t.historyPath()); err != nil {
		return err
	}
	return WriteFile(filepath.Join(t.historyPath(), "manifest-"+day.UTC().Format("20060102")+".json"), data)
}

func encodeManifest(m Manifest) ([]byte, error) {
	if m.Files == nil {
		m.Files = []File{} // readers expect a list
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // keep the & of URLs readable
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("encode the manifest of %s: %w", m.Source, err)
	}
	return b.Bytes(), nil
}
