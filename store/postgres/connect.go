package postgres

import (
	"context"
	"fmt"
	"runtime"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// purpose is what connections are for.
type purpose uint8

const (
	reading purpose = iota // bounded in time, and unable to write
	writing
	asking // unable to write
)

// parse reads a URL.
func parse(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, unreadable()
	}
	return config, nil
}

// configure is how connections for a purpose are made.
func configure(url string, o Options, p purpose) (*pgxpool.Config, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	params := config.ConnConfig.RuntimeParams
	params["timezone"] = "UTC"
	params["application_name"] = "vulnmirror"
	if p != writing {
		params["default_transaction_read_only"] = "on"
	}
	if p == reading {
		params["statement_timeout"] = strconv.FormatInt(o.Timeout.Milliseconds(), 10)
	}
	config.ConnConfig.ConnectTimeout = o.Timeout
	if p == reading {
		config.MaxConns = max(config.MaxConns, int32(4+2*runtime.GOMAXPROCS(0)))
	}
	return config, nil
}

func newPool(ctx context.Context, url string, o Options, p purpose) (*pgxpool.Pool, error) {
	config, err := configure(url, o, p)
	if err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// connect makes one connection.
func connect(ctx context.Context, url string, o Options, p purpose) (*pgx.Conn, error) {
	config, err := configure(url, o, p)
	if err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, config.ConnConfig)
}

// Place names the database of a URL without its secrets.
func Place(url string) string {
	config, err := parse(url)
	if err != nil {
		return "postgres"
	}
	c := config.ConnConfig
	return fmt.Sprintf("%s on %s:%d", c.Database, c.Host, c.Port)
}
