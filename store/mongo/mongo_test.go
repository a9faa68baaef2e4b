package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
	"vulnmirror/store/mongo"
	"vulnmirror/store/storetest"
	"vulnmirror/testkit/mongoserver"
)

var server *mongoserver.Server

// TestMain starts one server for all tests. Tests that need it are skipped when
// there is none, unless VULNMIRROR_TEST_REQUIRE says that it has to be there.
func TestMain(m *testing.M) {
	if storetest.IsVictim() {
		os.Exit(m.Run()) // the database it writes to runs already
	}
	var err error
	if server, err = mongoserver.Any(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if !errors.Is(err, mongoserver.ErrNone) || mongoserver.Required() {
			os.Exit(1)
		}
	}
	code := m.Run()
	if server != nil {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var databases atomic.Int64

// database names one that does not exist, and is gone after the test.
func database(t *testing.T) string {
	t.Helper()
	if server == nil {
		t.Skip(mongoserver.ErrNone)
	}
	name := fmt.Sprintf("vulnmirror_test_%d_%d", os.Getpid(), databases.Add(1))
	url := server.URL(name)
	t.Cleanup(func() {
		if err := client(t, url).Database(name).Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return url
}

// client is the driver itself, to look at what the store wrote.
func client(t *testing.T, url string) *driver.Client {
	t.Helper()
	c, err := driver.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func open(t *testing.T, url string, o mongo.Options) *mongo.Store {
	t.Helper()
	s, err := mongo.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hurried is a store whose turns end soon after it died.
func hurried(t *testing.T, url string) *mongo.Store {
	t.Helper()
	s := open(t, url, mongo.Options{NoJSON: true})
	s.Hurry(5*time.Second, 5000) // which a busy machine keeps to
	return s
}

func TestStore(t *testing.T) {
	t.Parallel() // it keeps the server busy, others wait for their turns
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, database(t), mongo.Options{NoJSON: true}) }, storetest.Small)
}

func TestShared(t *testing.T) {
	t.Parallel()
	storetest.RunShared(t, func(t *testing.T) (a, b store.Store) {
		url := database(t)
		return open(t, url, mongo.Options{NoJSON: true}), open(t, url, mongo.Options{NoJSON: true})
	}, storetest.Small)
}

func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("TestCut cuts writers off in the middle of batches; this one kills them at random moments")
	}
	t.Parallel()
	storetest.Kill(t, storetest.Victim{
		Place: database,
		Open:  func(t *testing.T, url string) store.Store { return hurried(t, url) },
	}, storetest.Small)
}
