package d3fend_test

import (
	"flag"
	"testing"

	"vulnmirror/source"
	"vulnmirror/source/d3fend"
	"vulnmirror/source/sourcetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func small() source.Source {
	src := d3fend.New()
	src.Floor = 3
	for i := range src.Ways {
		src.Ways[i].Floor = min(src.Ways[i].Floor, 1)
	}
	return src
}

func subject(t *testing.T) sourcetest.Subject {
	t.Helper()
	world := sourcetest.Open(t, "testdata/world.txt")
	return sourcetest.Subject{
		New:      small,
		Upstream: sourcetest.Files(world),
		Later:    sourcetest.Files(sourcetest.Sub(t, world, "later"), world),
		Fallback: sourcetest.Files(sourcetest.Sub(t, world, "lost")),
		Anew:     []string{"/api/version.json"},
	}
}

func TestSource(t *testing.T) { sourcetest.Run(t, subject(t)) }

func TestGolden(t *testing.T) { sourcetest.Golden(t, subject(t), "testdata/world.golden", *update) }
