// Package config is what the operator can set. One table (table.go) names every
// key with its default, its meaning and its field; the configuration file, the
// environment, flags, error messages and docs/configuration.md all work from it.
package config

import (
	"log/slog"
	"regexp"
	"time"
)

// Config holds the value of every key. Load fills it; what each field means is
// said at its key in the table.
type Config struct {
	Data     string
	Upstream string
	Sources  []string
	Source   Source
	Own      map[string]*OneSource // by name of the source
	Sync     Sync
	Lock     Lock
	Store    Store
	Postgres Postgres
	MongoDB  MongoDB
	NVD      NVD
	CERTCC   CERTCC
	CERTFR   CERTFR
	MSRC     MSRC
	HTTP     HTTP
	Serve    Serve
	Log      Log
}

// Source holds the keys source.*, which concern every source.
type Source struct {
	MaxAge     time.Duration
	RenewAfter time.Duration
	Floors     bool
}

// CERTCC holds the keys certcc.*.
type CERTCC struct{ Text bool }

// CERTFR holds the keys certfr.*.
type CERTFR struct{ Years Years }

// MSRC holds the keys msrc.*.
type MSRC struct{ Years Years }

// Sync holds the keys sync.*.
type Sync struct {
	Parallel int
}

// Lock holds the keys lock.*.
type Lock struct {
	Wait time.Duration
}

// Store holds the keys store and store.*.
type Store struct {
	URL      StoreURL      // "" for the file in the data folder
	Compress string        // "zstd" or "none"
	Timeout  time.Duration // for answers of a server
}

// Postgres holds the keys postgres.*.
type Postgres struct {
	JSONB bool
}

// MongoDB holds the keys mongodb.*.
type MongoDB struct {
	JSON bool
}

// NVD holds the keys nvd.*.
type NVD struct {
	Method  string // "auto", "feeds" or "api"
	Plan    string // "pages" or "quarters"
	Years   Years
	Rate    string // "" or as "5/30s"
	Overlap time.Duration
	APIKey  Secret
}

// HTTP holds the keys http.*, for requests to upstream.
type HTTP struct {
	Rate           string // "" or as "5/30s"
	UserAgent      string
	Backoff        time.Duration
	MaxBackoff     time.Duration
	Attempts       int
	MaxElapsed     time.Duration
	ConnectTimeout time.Duration
	HeaderTimeout  time.Duration
	IdleTimeout    time.Duration
	PerHost        int
	CAFile         string
}

// Serve holds the keys serve.*.
type Serve struct {
	Listen          string
	MaxAge          time.Duration
	Lenient         bool
	APIKeys         []Secret
	Concurrency     int
	MaxHeaderBytes  int
	ReadTimeout     time.Duration
	QueueTimeout    time.Duration
	RequestTimeout  time.Duration
	StallTimeout    time.Duration
	IdleTimeout     time.Duration
	ShutdownTimeout time.Duration
}

// Log holds the keys log.*, for the log file.
type Log struct {
	Level      string // "debug", "info", "warn" or "error"
	MaxSizeMB  int
	Backups    int
	MaxAgeDays int
}

// mask stands for a secret wherever one would be shown.
const mask = "********"

// Secret is a value that prints as asterisks, whichever way it is printed.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns asterisks, or "" when there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String, for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// StoreURL names a database. A password in it prints as asterisks.
type StoreURL string

// Reveal returns the URL with its password.
func (u StoreURL) Reveal() string { return string(u) }

// passwords finds them in URLs and in settings of the form name=value.
var passwords = regexp.MustCompile(`(?i)(//[^/@:?#\s]*:)\S*(@)|(\b(?:ssl)?password\s*=\s*)(?:'[^']*'|[^&\s]*)()`)

// String is the URL with asterisks for a password.
func (u StoreURL) String() string {
	return passwords.ReplaceAllString(string(u), "$1$3"+mask+"$2$4")
}

// GoString is String, for %#v.
func (u StoreURL) GoString() string { return u.String() }

// MarshalText is String, for encoders.
func (u StoreURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// LogValue is String, for slog.
func (u StoreURL) LogValue() slog.Value { return slog.StringValue(u.String()) }
