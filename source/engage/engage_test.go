package engage_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"vulnmirror/source"
	"vulnmirror/source/engage"
	"vulnmirror/source/sourcetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func small() source.Source {
	src := engage.New()
	src.Floor = 3
	return src
}

func subject(t *testing.T) sourcetest.Subject {
	t.Helper()
	world := sourcetest.Open(t, "testdata/world.txt")
	return sourcetest.Subject{
		New:      small,
		Upstream: sourcetest.Files(world),
		Later:    sourcetest.Files(sourcetest.Sub(t, world, "later"), world),
	}
}

func TestSource(t *testing.T) { sourcetest.Run(t, subject(t)) }

func TestGolden(t *testing.T) { sourcetest.Golden(t, subject(t), "testdata/world.golden", *update) }

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
