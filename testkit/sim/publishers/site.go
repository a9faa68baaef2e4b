package publishers

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// document is what is at one address.
type document struct {
	publisher string
	mime      string
	// body is made when it is asked for, and once: many documents never are. It
	// depends on nothing that changes.
	body func() []byte
	// paged: where its address is asked for with a query, that is another
	// document, or none.
	paged bool
	// The validators that go with it.
	etag     bool
	modified time.Time
	// amiss is how it looks when something is wrong with it that is wrong with
	// few others; nil there stands for no document.
	amiss map[Fault]func() []byte
	// negotiate, where there is one, gives the document for an Accept header, and
	// not ok where that is answered with 400.
	negotiate func(accept string) (d document, ok bool)
}

// site is documents by HOST/PATH, and where it matters ?QUERY.
type site map[string]document

func (s site) at(address, asked string) (document, bool) {
	if d, ok := s[asked]; ok {
		return d, true
	}
	d, ok := s[address]
	return d, ok && !(d.paged && asked != address)
}

// into adds the documents of a publisher to another site.
func (s site) into(other site, publisher string) {
	for address, d := range s {
		d.publisher = publisher
		other[address] = d
	}
}

func (s site) drop(publisher string) {
	for address, d := range s {
		if d.publisher == publisher {
			delete(s, address)
		}
	}
}

// takeOver replaces what s has of a publisher by what other has.
func (s site) takeOver(other site, publisher string) {
	s.drop(publisher)
	for address, d := range other {
		if d.publisher == publisher {
			s[address] = d
		}
	}
}

// The hosts that several publish at, with the validators they send.

const hostRaw = "raw.githubusercontent.com"

// raw is a file as raw.githubusercontent.com sends it.
func raw(body func() []byte) document {
	return document{mime: "text/plain; charset=utf-8", body: sync.OnceValue(body), etag: true}
}

// commit is the latest commit of a branch as api.github.com tells it: its id
// alone where that is asked for (application/vnd.github.sha), else in JSON.
func commit(id string) document {
	sha := document{mime: "application/vnd.github.sha", body: fixed([]byte(id)), etag: true}
	whole := document{mime: "application/json; charset=utf-8", body: inJSON(object{"sha", id}), etag: true}
	d := whole
	d.negotiate = func(accept string) (document, bool) {
		if strings.Contains(accept, "sha") {
			return sha, true
		}
		return whole, true
	}
	return d
}

// plain is a document of a host that sends no validators.
func plain(mime string, body func() []byte) document {
	return document{mime: mime, body: sync.OnceValue(body)}
}

// dated is a document of a host that sends when it was changed.
func dated(mime string, modified time.Time, body func() []byte) document {
	return document{mime: mime, body: sync.OnceValue(body), modified: modified}
}

func fixed(body []byte) func() []byte { return func() []byte { return body } }

// otherwise returns d with how it looks when something is amiss.
func (d document) otherwise(f Fault, body func() []byte) document {
	d.amiss = maps.Clone(d.amiss)
	if d.amiss == nil {
		d.amiss = map[Fault]func() []byte{}
	}
	d.amiss[f] = sync.OnceValue(body)
	return d
}

func etag(body []byte) string { return `W/"` + digest(body)[:32] + `"` }

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// file is a member of an archive.
type file struct {
	name string
	body func() []byte
}

func zipped(at time.Time, files ...file) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at})
		must(err)
		_, err = w.Write(f.body())
		must(err)
	}
	must(z.Close())
	return out.Bytes()
}

func tarred(at time.Time, files ...file) []byte {
	var out bytes.Buffer
	t := tar.NewWriter(&out)
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	for _, f := range files {
		body := f.body()
		must(t.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(body)), ModTime: at}))
		_, err := t.Write(body)
		must(err)
	}
	must(t.Close())
	return out.Bytes()
}

func gzipped(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(body)
	must(err)
	must(w.Close())
	return out.Bytes()
}

// must is for writing to memory, which does not fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
