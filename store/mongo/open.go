package mongo

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Options change how a database is opened. The zero value is right for most.
type Options struct {
	// ReadOnly opens an existing mirror and never writes to it.
	ReadOnly bool
	// Timeout is the longest wait for a connection and for the answer to one
	// request; 0 means 30 seconds.
	Timeout time.Duration
	// NoJSON leaves out the field json, a record's JSON for people's queries.
	NoJSON bool
}

const (
	defaultTimeout  = 30 * time.Second
	defaultDatabase = "nvd"
	// turnTerm is how long a turn lasts unless it is renewed, and how long the
	// next writer waits for one that was killed.
	turnTerm = 30 * time.Second
)

// Store is a mirror in a MongoDB database. It implements store.Store,
// store.Linker, store.Preparer, store.BulkLoader, store.Renewer, store.Leaser and
// store.Sized.
type Store struct {
	client  *mongo.Client
	db      *mongo.Database
	url     string
	options Options
	secrets []string

	holder    string        // names this program in turns
	term      time.Duration // of a turn
	small     int           // sets up to this size are summed up by the program, and shorter ones read at once
	memory    digests
	kindsHeld kindList
	known     atomic.Int64  // a revision that was committed
	writing   chan struct{} // held while this program writes

	// What follows is the writer's.
	bulk     map[vuln.Kind]bool
	indexed  map[vuln.Kind]bool
	criteria map[string]struct{} // known to be held
	swept    time.Time
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Linker     = (*Store)(nil)
	_ store.Preparer   = (*Store)(nil)
	_ store.BulkLoader = (*Store)(nil)
	_ store.Renewer    = (*Store)(nil)
	_ store.Leaser     = (*Store)(nil)
	_ store.Sized      = (*Store)(nil)
)

// Open opens the mirror in the database that url names
// (mongodb://user@host/database, or mongodb+srv://…; nvd when it names none).
// For writing, indexes that are missing are made, those of a kind with its first
// records. Read-only, a database without a mirror is refused with
// store.ErrNoMirror. Errors name the database and what to do (*Fault), and never
// show the password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	s, err := connect(url, o)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(s.fail("open database", err), s.Close())
	}
	return s, nil
}

// allKinds are those that a mirror may have.
var allKinds = []vuln.Kind{
	vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria, vuln.KindNVDSource, vuln.KindCVEChange,
	vuln.KindCWE, vuln.KindCAPEC, vuln.KindATTACK, vuln.KindD3FEND, vuln.KindCAR, vuln.KindSHIELD, vuln.KindENGAGE,
	vuln.KindCERTCC, vuln.KindCERTFR, vuln.KindMSRC, vuln.KindMSKB, vuln.KindKEV, vuln.KindEPSS,
}

// Init makes the database's collections and indexes, or completes them.
func Init(ctx context.Context, url string, o Options) error {
	o.ReadOnly = false
	s, err := Open(ctx, url, o)
	if err != nil {
		return err
	}
	err = s.fail("make the indexes", s.indexAll(ctx, allKinds))
	return errors.Join(err, s.Close())
}

// Place names the database of a URL without its secrets. It looks nothing up.
func Place(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	authority, path, _ := strings.Cut(rest, "/")
	user := strings.Count(rest, "@")
	if !ok || user > 1 || user != strings.Count(authority, "@") || strings.ContainsAny(authority, "?#") {
		return "MongoDB" // it is not well formed: what looks like a host may be a password
	}
	hosts := authority[strings.Index(authority, "@")+1:]
	first, _, _ := strings.Cut(hosts, ",")
	database, _, _ := strings.Cut(path, "?")
	return fmt.Sprintf("%s on %s", cmp.Or(database, defaultDatabase), first)
}

func databaseOf(c *connstring.ConnString) string {
	return cmp.Or(c.Database, defaultDatabase)
}

// connect makes a store that has not talked to its server yet.
func connect(url string, o Options) (*Store, error) {
	c, err := connstring.ParseAndValidate(url)
	if unknown := new(net.DNSError); errors.As(err, &unknown) {
		return nil, fmt.Errorf("open %s: look up its servers: %w", Place(url), unknown)
	}
	if err != nil {
		// What is wrong with a URL is said by repeating parts of it.
		return nil, errors.New("the address of the MongoDB database is not well formed; expected mongodb://user:password@host/database with : / ? # @ in names and passwords written as %3A %2F %3F %23 %40")
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	settings := options.Client().ApplyURI(url).SetAppName("vulnmirror").
		SetReadPreference(readpref.Primary()). // others may have a part of a batch
		SetConnectTimeout(o.Timeout).SetServerSelectionTimeout(o.Timeout)
	if settings.WriteConcern == nil {
		settings.SetWriteConcern(writeconcern.Majority())
	}
	client, err := mongo.Connect(settings)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Place(url), redact(err, secretsOf(c)))
	}
	host, err := os.Hostname()
	if err != nil {
		host = "a machine without a name"
	}
	return &Store{
		client: client, db: client.Database(databaseOf(c)), url: url, options: o, secrets: secretsOf(c),
		holder: fmt.Sprintf("%s, process %d, %s", host, os.Getpid(), rand.Text()[:8]), term: turnTerm, small: 5000,
		writing: make(chan struct{}, 1), bulk: map[vuln.Kind]bool{}, indexed: map[vuln.Kind]bool{}, criteria: map[string]struct{}{},
	}, nil
}

// schemaVersion counts the shapes that documents have had. Since 2 they have the
// rules of their links, which those written before lack until they change or
// everything is rebuilt.
const schemaVersion = 2

// schema is the document of vulnmirror.meta that tells it.
type schema struct {
	ID      string `bson:"_id"`
	Version int    `bson:"version"`
}

// prepare makes the database ready for what the store was opened for.
func (s *Store) prepare(ctx context.Context) error {
	if _, err := s.hello(ctx); err != nil {
		return err
	}
	held, err := one[schema](ctx, s, s.meta(), bson.D{{Key: "_id", Value: "schema"}})
	switch {
	case errors.Is(err, store.ErrNotFound) && s.options.ReadOnly:
		return store.ErrNoMirror
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case held.Version > schemaVersion:
		return fmt.Errorf("schema %d, this program knows %d; use a newer vulnmirror: %w", held.Version, schemaVersion, store.ErrTooNew)
	}
	if s.options.ReadOnly {
		return nil
	}
	if err == nil && held.Version < schemaVersion {
		if err := s.raise(ctx); err != nil {
			return err
		}
	}
	return s.setup(ctx)
}

// setup makes what is missing. Programs that do so at once do the same.
func (s *Store) setup(ctx context.Context) error {
	for _, doc := range []bson.D{
		{{Key: "_id", Value: "revision"}, {Key: "committed", Value: int64(0)}, {Key: "content", Value: int64(0)}, {Key: "base", Value: int64(0)}, {Key: "turn", Value: int64(0)}},
		{{Key: "_id", Value: "schema"}, {Key: "version", Value: schemaVersion}},
	} {
		if err := s.insert(ctx, s.meta(), doc); err != nil && !mongo.IsDuplicateKeyError(err) {
			return err
		}
	}
	if err := s.makeIndexes(ctx, "", internalIndexes); err != nil {
		return err
	}
	// A bulk load may have been interrupted.
	kinds, err := s.kinds(ctx)
	if err != nil {
		return err
	}
	return s.indexAll(ctx, kinds)
}

// raise makes this program's schema that of a database with an earlier one. Its
// documents are read as they are; earlier programs would drop what is new.
func (s *Store) raise(ctx context.Context) error {
	op, cancel := s.within(ctx)
	defer cancel()
	earlier := bson.D{{Key: "_id", Value: "schema"}, {Key: "version", Value: bson.D{{Key: "$lt", Value: schemaVersion}}}}
	_, err := s.meta().UpdateOne(op, earlier, bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: schemaVersion}}}})
	return err
}

func (s *Store) indexAll(ctx context.Context, kinds []vuln.Kind) error {
	for _, kind := range kinds {
		if err := s.index(ctx, kind); err != nil {
			return err
		}
	}
	return nil
}

// Close ends all connections.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.options.Timeout)
	defer cancel()
	if err := s.client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		return s.fail("close "+Place(s.url), err)
	}
	return nil
}

// SizeOnDisk implements store.Sized.
func (s *Store) SizeOnDisk(ctx context.Context) (int64, error) {
	op, cancel := s.within(ctx)
	defer cancel()
	var stats struct {
		Data    float64 `bson:"storageSize"`
		Indexes float64 `bson:"indexSize"`
	}
	if err := s.db.RunCommand(op, bson.D{{Key: "dbStats", Value: 1}}).Decode(&stats); err != nil {
		return 0, s.fail("size of the database", err)
	}
	return int64(stats.Data + stats.Indexes), nil
}
