// Package pgserver starts PostgreSQL servers for tests: real ones, each in a
// folder of its own that is gone afterwards, reached over a socket only its
// maker can find.
package pgserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrNone says that there is no PostgreSQL on this machine.
var ErrNone = errors.New("no PostgreSQL server was found: install the package postgresql, or put initdb and postgres on the PATH")

// Server is a running server.
type Server struct {
	dir, bin string
	command  *exec.Cmd
}

// Start makes a database cluster and starts a server on it. Further options of
// the server, such as "max_connections=5", come last. Stop ends it.
func Start(options ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	// The path of a socket has at most 107 bytes.
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin}
	if err := s.start(options); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *Server) start(options []string) error {
	as, err := owner(s.dir)
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.CommandContext(context.Background(), filepath.Join(s.bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	args := []string{"-D", data, "-k", s.dir}
	for _, o := range append([]string{"listen_addresses=", "fsync=off", "shared_buffers=128MB"}, options...) {
		args = append(args, "-c", o)
	}
	s.command = exec.CommandContext(context.Background(), filepath.Join(s.bin, "postgres"), args...)
	s.command.SysProcAttr, s.command.Dir = as, s.dir
	log, err := s.command.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.command.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return s.ready(log)
}

// ready reads the server's log until it says that it takes connections.
func (s *Server) ready(log io.Reader) error {
	var said strings.Builder
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, log) }() // a full pipe would stop the server
			return nil
		}
		said.WriteString(lines.Text() + "\n")
	}
	return errors.Join(fmt.Errorf("postgres ended at once:\n%s", said.String()), lines.Err(), ended(s.command.Wait()))
}

// URL names a database of the server.
func (s *Server) URL(database string) string {
	q := url.Values{"host": {s.dir}, "user": {"postgres"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// Create makes an empty database and returns its URL.
func (s *Server) Create(ctx context.Context, database string) (string, error) {
	create := exec.CommandContext(ctx, filepath.Join(s.bin, "createdb"), "-h", s.dir, "-U", "postgres", database)
	if out, err := create.CombinedOutput(); err != nil {
		return "", fmt.Errorf("createdb %s: %w\n%s", database, err, out)
	}
	return s.URL(database), nil
}

// Kill ends the server at once, as a crash would.
func (s *Server) Kill() error {
	return errors.Join(s.command.Process.Signal(syscall.SIGQUIT), ended(s.command.Wait()))
}

// Stop ends the server and removes what it kept.
func (s *Server) Stop() error {
	return errors.Join(s.Kill(), os.RemoveAll(s.dir))
}

// ended takes an end by signal for what it is.
func ended(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// binaries finds the folder of initdb and postgres: Debian's newest, or the one
// on the PATH.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return major(a) - major(b) })
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrNone
	}
	return filepath.Dir(path), nil
}

func major(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4]) // 0 for what is no number
	return n
}
