// Package pgserver starts PostgreSQL servers for tests: real ones, each in a
// folder of its own that is gone afterwards, reached over a socket only its
// maker can find. Role postgres may connect as it is, others give a password.
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

	"github.com/jackc/pgx/v5"
)

// ErrNone says that there is no PostgreSQL on this machine.
var ErrNone = errors.New("no PostgreSQL server was found: install the package postgresql, or put initdb and postgres on the PATH, or name a server in VULNMIRROR_TEST_POSTGRES")

// Server is a running server.
type Server struct {
	given    *url.URL // of a server that is not ours, else nil
	dir, bin string
	options  []string
	command  *exec.Cmd
}

// Any is the server whose URL is in VULNMIRROR_TEST_POSTGRES, whose role may make
// databases, or a private one.
func Any() (*Server, error) {
	given := os.Getenv("VULNMIRROR_TEST_POSTGRES")
	if given == "" {
		return Start()
	}
	u, err := url.Parse(given)
	if err != nil {
		return nil, errors.New("VULNMIRROR_TEST_POSTGRES is no URL") // which may hold a password
	}
	return &Server{given: u}, nil
}

// Private tells whether the server is ours to stop.
func (s *Server) Private() bool { return s.given == nil }

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
	s := &Server{dir: dir, bin: bin, options: options}
	if err := s.initialise(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Restart(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// Own gives a folder to the user that a private server runs as.
func (s *Server) Own(dir string) error {
	_, err := owner(dir)
	return err
}

// Dir is a folder that the server may write to, gone when it is stopped.
func (s *Server) Dir() string { return s.dir }

// initialise makes the cluster.
func (s *Server) initialise() error {
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
	const access = "local all postgres trust\nlocal all all scram-sha-256\n"
	return os.WriteFile(filepath.Join(data, "pg_hba.conf"), []byte(access), 0o644)
}

// Restart starts the server again after Kill, on what it kept.
func (s *Server) Restart() error {
	as, err := owner(s.dir)
	if err != nil {
		return err
	}
	args := []string{"-D", filepath.Join(s.dir, "data"), "-k", s.dir}
	for _, o := range append([]string{"listen_addresses=", "fsync=off", "shared_buffers=128MB"}, s.options...) {
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

// URL names a database of the server, as its administrator.
func (s *Server) URL(database string) string {
	if s.given != nil {
		u := *s.given
		u.Path = "/" + database
		return u.String()
	}
	return s.URLOf("postgres", "", database)
}

// URLOf names a database of a private server for a role.
func (s *Server) URLOf(role, password, database string) string {
	q := url.Values{"host": {s.dir}, "user": {role}}
	if password != "" {
		q.Set("password", password)
	}
	return "postgres:///" + url.PathEscape(database) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20") // PostgreSQL takes a plus sign for itself
}

// Create makes an empty database and returns its URL.
func (s *Server) Create(ctx context.Context, database string) (string, error) {
	return s.URL(database), s.Run(ctx, "postgres", "CREATE DATABASE "+pgx.Identifier{database}.Sanitize())
}

// Drop removes a database, whoever uses it.
func (s *Server) Drop(ctx context.Context, database string) error {
	return s.Run(ctx, "postgres", "DROP DATABASE IF EXISTS "+pgx.Identifier{database}.Sanitize()+" WITH (FORCE)")
}

// Run carries out statements in a database, one by one, as the administrator.
func (s *Server) Run(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", statement, err), conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}

// Kill ends a private server at once, as a crash would.
func (s *Server) Kill() error {
	if s.given != nil {
		return errors.New("this server is not ours to end")
	}
	return errors.Join(s.command.Process.Signal(syscall.SIGQUIT), ended(s.command.Wait()))
}

// Stop ends a private server and removes what it kept.
func (s *Server) Stop() error {
	if s.given != nil {
		return nil
	}
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
