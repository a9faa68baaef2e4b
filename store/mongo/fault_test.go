package mongo_test

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"vulnmirror/store"
	"vulnmirror/store/mongo"
	"vulnmirror/store/storetest"
	"vulnmirror/testkit/mongoserver"
	"vulnmirror/vuln"
)

func hello(wire int) bson.D {
	return bson.D{
		{Key: "isWritablePrimary", Value: true},
		{Key: "ismaster", Value: true},
		{Key: "helloOk", Value: true},
		{Key: "maxBsonObjectSize", Value: 16 << 20},
		{Key: "maxMessageSizeBytes", Value: 48000000},
		{Key: "maxWriteBatchSize", Value: 100000},
		{Key: "localTime", Value: time.Unix(0, 0)},
		{Key: "minWireVersion", Value: 0},
		{Key: "maxWireVersion", Value: wire},
		{Key: "ok", Value: 1},
		{Key: "saslSupportedMechs", Value: bson.A{"SCRAM-SHA-256"}},
	}
}

func TestPlace(t *testing.T) {
	for address, want := range map[string]string{
		"mongodb://localhost":                              "nvd on localhost",
		"mongodb://user:secret@db.example.org:27018/cves":  "cves on db.example.org:27018",
		"mongodb://user:secret@db.example.org/?tls=true":   "nvd on db.example.org",
		"mongodb://a:secret@h1,h2/x?replicaSet=rs":         "x on h1",
		"mongodb://user:sec@ret@host/":                     "MongoDB",
		"mongodb://user:sec/ret@host/":                     "MongoDB",
		"mongodb://user:sec?ret@host/x":                    "MongoDB",
		"mongodb+srv://u:secret@cluster.example.org/y?w=1": "y on cluster.example.org",
		"": "MongoDB",
	} {
		if got := mongo.Place(address); got != want {
			t.Errorf("Place(%s) = %q, want %q", address, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	failure := func(code int, name, text string) bson.D {
		return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "codeName", Value: name}, {Key: "errmsg", Value: text}}
	}
	for what, tc := range map[string]struct {
		wire   int
		answer bson.D // to what is no greeting
		user   string
		want   string
	}{
		"too old":        {9, nil, "", "MongoDB 5.0 or newer is needed"},
		"wrong password": {21, failure(18, "AuthenticationFailed", "Authentication failed."), "user:s3cret%2F@", "refuses the user name or the password"},
		"missing right":  {21, failure(13, "Unauthorized", "not authorized on nvd to execute command"), "", "readWrite on database nvd"},
	} {
		t.Run(what, func(t *testing.T) {
			address := serveWire(t, func(command string) bson.D {
				if strings.EqualFold(command, "hello") || strings.EqualFold(command, "isMaster") {
					return hello(tc.wire)
				}
				return tc.answer
			})
			_, err := mongo.Open(t.Context(), "mongodb://"+tc.user+address+"/", mongo.Options{Timeout: 2 * time.Second})
			fault, known := errors.AsType[*mongo.Fault](err)
			if !known || !strings.Contains(err.Error()+"\n"+fault.Next(), tc.want) {
				t.Errorf("the error is %v, want one with %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	for _, bad := range []string{"mongodb://user:s3cret@pass@host/", "mongodb://user:s3cret%ZZ@host/", "mongodb://:s3cret@/", "s3cret", "mongodb://h/?tls=true&tlsInsecure=s3cret&x=%"} {
		if _, err := mongo.Open(t.Context(), bad, mongo.Options{Timeout: time.Second}); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Open(%s): %v", bad, err)
		}
	}
	silent := newProxy(t, "127.0.0.1:1", 0)
	_, err := mongo.Open(t.Context(), "mongodb://user:s3cret@"+silent.address+"/", mongo.Options{Timeout: 300 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "no answer within 300ms") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a server that does not answer: %v", err)
	}
}

// TestCut cuts the connection in the middle of batches, and ends the server if it
// is ours to end: nothing is half applied, and the next run completes.
func TestCut(t *testing.T) {
	t.Parallel()
	database(t) // skips without a server
	own, err := mongoserver.Any()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	}()
	address := func() *url.URL {
		u, err := url.Parse(own.URL(fmt.Sprintf("vulnmirror_test_cut_%d", os.Getpid())))
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	direct := hurried(t, address().String())
	records := storetest.Records(40, 1)
	put(t, direct, "1", records[:20]...)
	for i := range records {
		records[i].Modified = records[i].Modified.Add(time.Hour)
		records[i].Body = storetest.Body(&records[i])
	}
	before, err := direct.Digest(t.Context(), store.Query{Kind: vuln.KindCVE})
	if err != nil {
		t.Fatal(err)
	}
	batch := func() *store.Batch {
		return &store.Batch{Origin: store.Origin{Source: "s", Filename: "2", SHA256: "2"}, Records: records, Last: true}
	}
	failed := 0
	for _, limit := range []int{8000, 30000, 60000} {
		through := address()
		through.Host = newProxy(t, through.Host, limit).address
		s, err := mongo.Open(t.Context(), through.String(), mongo.Options{NoJSON: true, Timeout: 700 * time.Millisecond})
		if err != nil {
			continue // cut before it began
		}
		s.Hurry(3*time.Second, 5000)
		if _, err := s.Apply(t.Context(), batch()); err == nil {
			t.Fatalf("a batch got through %d bytes: give less", limit)
		} else if !strings.Contains(err.Error(), "connection to the server was lost") && !strings.Contains(err.Error(), "no answer within") {
			t.Errorf("cut after %d bytes: the error is %v", limit, err)
		}
		failed++
		_ = s.Close()      // whose server is gone
		_ = direct.Close() // whose server goes
		if own.Private() {
			if err := errors.Join(own.Kill(), own.Restart()); err != nil {
				t.Fatal(err)
			}
		}
		direct = hurried(t, address().String())
		if after, err := direct.Digest(t.Context(), store.Query{Kind: vuln.KindCVE}); err != nil || after != before {
			t.Errorf("cut after %d bytes: %+v, %v, want %+v", limit, after, err, before)
		}
		if done, err := direct.Ingested(t.Context(), "s", "2", "2"); err != nil || done {
			t.Errorf("cut after %d bytes: ingested is %v, %v", limit, done, err)
		}
	}
	if failed == 0 {
		t.Error("no batch was cut")
	}
	defer direct.Close()
	if o, err := direct.Apply(t.Context(), batch()); err != nil || o.Added != 20 || o.Changed != 20 {
		t.Fatalf("the batch again: %+v, %v", o, err)
	}
	for i, r := range records {
		want := 1
		if i < 20 {
			want = 2
		}
		if versions, err := direct.Versions(t.Context(), r.Kind, r.ID); err != nil || len(versions) != want {
			t.Errorf("%s has %d versions, %v, want %d", r.ID, len(versions), err, want)
		}
	}
	if err := raw(t, address().String()).Drop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestReadOnly(t *testing.T) {
	address := database(t)
	if _, err := mongo.Open(t.Context(), address, mongo.Options{ReadOnly: true}); !errors.Is(err, store.ErrNoMirror) {
		t.Errorf("a database that is not there: %v, want ErrNoMirror", err)
	}
	if err := mongo.Init(t.Context(), address, mongo.Options{}); err != nil {
		t.Fatal(err)
	}
	s := open(t, address, mongo.Options{ReadOnly: true})
	defer s.Close()
	if d, err := s.Digest(t.Context(), store.Query{Kind: vuln.KindCVE}); err != nil || d.Count != 0 {
		t.Errorf("Digest: %+v, %v", d, err)
	}
	if err := s.SetSource(t.Context(), store.SourceState{Source: "s"}); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("SetSource: %v", err)
	}
	name := strings.TrimPrefix(address[strings.LastIndex(address, "/"):], "/")
	if _, err := client(t, address).Database(name).Collection("vulnmirror.meta").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: "schema"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: 99}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := mongo.Open(t.Context(), address, mongo.Options{}); !errors.Is(err, store.ErrTooNew) {
		t.Errorf("a newer schema: %v, want ErrTooNew", err)
	}
}
