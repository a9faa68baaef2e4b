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

// TestMain starts one server for all tests. Without one they fail only when
// VULNMIRROR_TEST_REQUIRE says that it has to be there.
func TestMain(m *testing.M) {
	if storetest.IsVictim() {
		os.Exit(m.Run()) // the database it writes to runs already
	}
	s, err := mongoserver.Any()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, mongoserver.ErrNone) && os.Getenv("VULNMIRROR_TEST_REQUIRE") != "mongodb" {
			os.Exit(0)
		}
		os.Exit(1)
	}
	server = s
	code := m.Run()
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var databases atomic.Int64

// database names one that does not exist, and is gone after the test.
func database(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("vulnmirror_test_%d_%d", os.Getpid(), databases.Add(1))
	url := server.URL(name)
	t.Cleanup(func() {
		client, err := driver.Connect(options.Client().ApplyURI(url))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Disconnect(context.Background())
		if err := client.Database(name).Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return url
}

func open(t *testing.T, url string, o mongo.Options) *mongo.Store {
	t.Helper()
	s, err := mongo.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	s.Hurry(2*time.Second, 20)
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, database(t), mongo.Options{NoJSON: true}) }, storetest.Small)
}
