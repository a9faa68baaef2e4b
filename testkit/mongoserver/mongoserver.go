// Package mongoserver gives tests a server that speaks MongoDB's protocol: the
// one whose URL is in VULNMIRROR_TEST_MONGODB, or the program in testkit/mongo,
// which it builds.
package mongoserver

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
	"strings"
)

// ErrNone says that no server could be had.
var ErrNone = errors.New("no MongoDB server: name one in VULNMIRROR_TEST_MONGODB, or let the go command fetch what testkit/mongo is made of")

// Server is a running server.
type Server struct {
	url     *url.URL
	dir     string // of our own server, else ""
	command *exec.Cmd
	alive   io.Closer
}

// Any is the server whose URL is in VULNMIRROR_TEST_MONGODB, whose user may make
// and drop databases, or a private one.
func Any() (*Server, error) {
	given := os.Getenv("VULNMIRROR_TEST_MONGODB")
	if given == "" {
		return Start()
	}
	u, err := url.Parse(given)
	if err != nil {
		return nil, errors.New("VULNMIRROR_TEST_MONGODB is no URL") // which may hold a password
	}
	return &Server{url: u}, nil
}

// Private tells whether the server is ours to stop.
func (s *Server) Private() bool { return s.dir != "" }

// URL is that of a database, which need not exist.
func (s *Server) URL(database string) string {
	u := *s.url
	if u.User != nil && !u.Query().Has("authSource") && len(u.Path) <= 1 {
		// The user was looked up in the default database, not in this one.
		q := u.Query()
		q.Set("authSource", "admin")
		u.RawQuery = q.Encode()
	}
	u.Path = "/" + database
	return u.String()
}

// Start builds and starts a server in a folder of its own. Building takes a minute
// or two the first time. Stop ends it.
func Start() (*Server, error) {
	source, err := source()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("/dev/shm", "mongo") // in memory, where the system has such
	if err != nil {
		dir, err = os.MkdirTemp("", "mongo")
	}
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.build(source); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Restart(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// source is the folder of the program: below that of the module the tests are
// part of.
func source() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		folder := filepath.Join(dir, "testkit", "mongo")
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("testkit/mongo is in no folder above this one")
		}
		dir = filepath.Dir(dir)
	}
}

func (s *Server) program() string { return filepath.Join(s.dir, "server.exe") }

func (s *Server) build(source string) error {
	build := exec.CommandContext(context.Background(), "go", "build", "-ldflags=-s -w", "-o", s.program(), ".")
	build.Dir = source
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-p=1")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w (%w)\n%s", ErrNone, err, out)
	}
	return nil
}

// Restart starts the server again after Kill, on what it kept and at another
// address.
func (s *Server) Restart() error {
	data := filepath.Join(s.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	s.command = exec.CommandContext(context.Background(), s.program(), "-folder", data)
	s.command.Stderr = os.Stderr
	s.command.Env = append(os.Environ(), "GOGC=1600") // it makes much garbage, and little of it is held
	// The server ends when its input does, so also when this process dies.
	in, err := s.command.StdinPipe()
	if err != nil {
		return err
	}
	out, err := s.command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.command.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	s.alive = in
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return errors.Join(fmt.Errorf("the server did not start: %w", err), s.Kill())
	}
	s.url, err = url.Parse(strings.TrimSpace(line))
	return err
}

// Kill ends the server at once, as a crash does.
func (s *Server) Kill() error {
	if s.command == nil || s.command.Process == nil {
		return nil
	}
	if err := s.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_ = s.command.Wait() // it was killed
	s.command = nil
	return nil
}

// Stop ends the server, if it is ours, and removes what it kept.
func (s *Server) Stop() error {
	if !s.Private() {
		return nil
	}
	return errors.Join(s.Kill(), os.RemoveAll(s.dir))
}
