package nvdupstream

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"time"

	"vulnmirror/archive"
	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// packedExt ends the names of archives of chunks.
const packedExt = ".tar.gz"

func (c Collection) archiveURL() string { return c.FeedBase + c.Archive + packedExt }

// ArchivePath is where the archive of the whole collection is kept.
func (c Collection) ArchivePath() string { return "feeds/" + c.Archive + packedExt }

// whole is the archive that lists everything.
func (c Collection) whole() Feed {
	return Feed{
		Name: c.Archive, Stem: c.FeedBase + c.Archive, Ext: packedExt, Path: c.ArchivePath(), Whole: true,
		Read: func(meta nvd.Meta, r io.Reader) (Summary, error) {
			var newest time.Time
			s, err := c.readChunks(r, limitsFor(meta.GzSize), sha256.New(), func(body []byte, _ string, _ int) bool {
				_, modified, err := nvd.Identify(c.Format, body)
				if err == nil && modified.After(newest) {
					newest = modified
				}
				return true
			})
			s.Newest = newest
			return s, err
		},
	}
}

// decodeWhole yields the records of an archive of chunks.
func (c Collection) decodeWhole(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		err := c.eachOfWhole(tree, filename, func(body []byte, chunk string, number int) bool {
			record, err := c.record(body)
			if err != nil {
				err = fmt.Errorf("%s: %w", filename, refused(record, fmt.Sprintf("%s record %d", chunk, number), err))
			}
			return yield(record, err)
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(vuln.Record{}, fmt.Errorf("%s: %w", filename, err))
		}
	}
}

func (c Collection) eachOfWhole(tree fs.FS, filename string, each func(body []byte, chunk string, number int) bool) error {
	info, err := fs.Stat(tree, filename)
	if err != nil {
		return err
	}
	content, err := archive.OpenContent(tree, filename)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = c.readChunks(content, limitsFor(info.Size()), nil, each)
	return err
}

func isWhole(filename string) bool { return strings.HasSuffix(filename, packedExt) }
