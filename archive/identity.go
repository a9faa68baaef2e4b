package archive

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// identityName is the file that tells this archive from every other.
const identityName = "identity"

// Identity is a random text that this archive has had since it was first asked
// for. It tells archives apart that share a database.
func (a *Archive) Identity() (string, error) {
	name := filepath.Join(a.dir, identityName)
	content, err := os.ReadFile(name)
	if id := strings.TrimSpace(string(content)); err == nil && id != "" {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("identity of the archive: %w", err)
	}
	if err := makeDir(a.dir); err != nil {
		return "", fmt.Errorf("identity of the archive: %w", err)
	}
	id := rand.Text()
	// Of two programs that make one at once, the first decides.
	if err := writeNew(name, id+"\n"); errors.Is(err, fs.ErrExist) {
		return a.Identity()
	} else if err != nil {
		return "", fmt.Errorf("identity of the archive: %w", err)
	}
	return id, nil
}

// writeNew makes a file whole, or fails with fs.ErrExist when there is one.
func writeNew(name, content string) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".identity-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(content)
	if err = errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Link(temporary.Name(), name)
}
