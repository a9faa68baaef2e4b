package nvdlegacy

import (
	"fmt"
	"io"
)

// recordLimit bounds how much of a document is read for one record. NVD's
// largest records have about 1 MiB; without a bound a document made to harm
// could fill the memory with one value, or keep a reader busy with white space.
const recordLimit = 32 << 20

// guard lets so many bytes through until renew.
type guard struct {
	r    io.Reader
	left int
}

func (g *guard) renew() { g.left = recordLimit }

func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, fmt.Errorf("one record has more than %d MiB", recordLimit>>20)
	}
	n, err := g.r.Read(p[:min(len(p), g.left)])
	g.left -= n
	return n, err
}
