// Command mongo serves MongoDB's wire protocol out of a folder, for tests, where
// no MongoDB can be installed: it is FerretDB 1.24 over SQLite. It prints its URL
// on one line and serves until its standard input ends, so it does not outlive
// the test that started it.
//
// It is a program, and a module, of its own: what it is made of would more than
// double the modules of the main one, and tests that watch for races need not
// watch it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to serve on")
	folder := flag.String("folder", "", "folder for the databases")
	flag.Parse()
	if err := serve(*listen, *folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(listen, folder string) error {
	if folder == "" {
		return fmt.Errorf("-folder is missing")
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	address, err := free(ctx, listen)
	if err != nil {
		return err
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/?_pragma=synchronous(off)",
	})
	if err != nil {
		return fmt.Errorf("start FerretDB: %w", err)
	}
	go func() {
		defer stop()
		_, _ = io.Copy(io.Discard, os.Stdin) // however it ends, it ended
	}()
	if _, err := fmt.Fprintf(os.Stdout, "mongodb://%s/\n", address); err != nil {
		return err
	}
	return server.Run(ctx)
}

// free finds a free port where listen leaves it open: FerretDB does not tell
// which it took.
func free(ctx context.Context, listen string) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
