package feeds

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// state is what a feed's folder in the cache says of itself. It names the file
// of the build, so renaming a new state over the old one is the one instant in
// which a new gz, .meta and .zip take the place of the old ones together.
type state struct {
	Format    int     `json:"format"`
	Announced edition `json:"announced"` // what clients were last told of
	Built     *build  `json:"built,omitempty"`
}

// stateFormat changes with anything that makes older builds worthless, such as
// another way to write the JSON.
const stateFormat = 1

// build is a finished gzip file: the edition it holds and what .meta says.
type build struct {
	edition
	File       string `json:"file"`        // in the feed's folder, named by its content
	Size       int64  `json:"size"`        // of the JSON, of all documents together
	SHA256     string `json:"sha256"`      // of the JSON, lower-case hex
	GzipSize   int64  `json:"gzip_size"`   // of the file
	GzipSHA256 string `json:"gzip_sha256"` // of the file, lower-case hex
}

const (
	stateFile   = "state.json"
	unfinished  = ".part"
	orphanAfter = time.Hour
)

// shelf is the folder of one feed in the cache.
type shelf string

// load reads the state and proves the build it names. Whatever does not hold
// is left out: it will be made again. Files that an ended process left behind
// are removed once they are old enough to belong to no running one.
func (s shelf) load(now time.Time) (state, error) {
	var held state
	text, err := os.ReadFile(s.path(stateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return state{}, fmt.Errorf("state of a cached feed: %w", err)
	}
	if json.Unmarshal(text, &held) != nil || held.Format != stateFormat {
		held = state{}
	}
	if held.Built != nil && s.prove(*held.Built) != nil {
		held.Built = nil
	}
	s.sweep(held, now)
	return held, nil
}

// prove checks that the file of b is what b says.
func (s shelf) prove(b build) error {
	if b.File != filepath.Base(b.File) {
		return fmt.Errorf("%q is no file name", b.File)
	}
	file, err := os.Open(s.path(b.File))
	if err != nil {
		return err
	}
	defer file.Close() // nothing was written
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return err
	}
	if size != b.GzipSize || hex.EncodeToString(hash.Sum(nil)) != b.GzipSHA256 {
		return fmt.Errorf("%s was changed", b.File)
	}
	return nil
}

// sweep does what it can: a file that stays now is tried again at the next
// start and does no harm until then.
func (s shelf) sweep(held state, now time.Time) {
	entries, err := os.ReadDir(string(s))
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.Name() == stateFile || held.Built != nil && e.Name() == held.Built.File {
			continue
		}
		if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > orphanAfter {
			_ = os.Remove(s.path(e.Name()))
		}
	}
}

// save makes st the state, all at once. Nothing is synced to disk: load proves
// what it finds, so a power cut costs a build and no truth.
func (s shelf) save(st state) error {
	st.Format = stateFormat
	text, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return fmt.Errorf("state of a cached feed: %w", err)
	}
	part, err := s.create()
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone once it is renamed
	_, err = part.Write(append(text, '\n'))
	if err = errors.Join(err, part.Close()); err != nil {
		return fmt.Errorf("state of a cached feed: %w", err)
	}
	if err := os.Rename(part.Name(), s.path(stateFile)); err != nil {
		return fmt.Errorf("state of a cached feed: %w", err)
	}
	return nil
}

// create makes the folder and an unfinished file in it.
func (s shelf) create() (*os.File, error) {
	if err := os.MkdirAll(string(s), 0o755); err != nil {
		return nil, fmt.Errorf("folder of a cached feed: %w", err)
	}
	part, err := os.CreateTemp(string(s), "*"+unfinished)
	if err != nil {
		return nil, fmt.Errorf("file of a cached feed: %w", err)
	}
	return part, nil
}

// keep gives a finished file its name, which is that of its content.
func (s shelf) keep(part *os.File, gzipSHA256 string, as form) (string, error) {
	name := gzipSHA256[:32] + string(as)
	if err := os.Rename(part.Name(), s.path(name)); err != nil {
		return "", fmt.Errorf("file of a cached feed: %w", err)
	}
	return name, nil
}

// drop removes the file of a build that was replaced. Readers that have it
// open keep it; a failure leaves it to a later sweep.
func (s shelf) drop(name string) { _ = os.Remove(s.path(name)) }

func (s shelf) path(name string) string { return filepath.Join(string(s), name) }
