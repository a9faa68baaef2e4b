package feeds

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// nvdMeta is NVD's own: five lines, each ended by CRLF, size and SHA-256 of the
// uncompressed JSON, the hash in upper case (contract D).
func nvdMeta(b build, zipSize int64, zone *time.Location) []byte {
	return fmt.Appendf(nil, "lastModifiedDate:%s\r\nsize:%d\r\nzipSize:%d\r\ngzSize:%d\r\nsha256:%s\r\n",
		b.Date.In(zone).Format(time.RFC3339), b.Size, zipSize, b.GzipSize, strings.ToUpper(b.SHA256))
}

// vulnzMeta is what vulnz writes on Unix: no zipSize, the hash in lower case.
func vulnzMeta(b build, _ int64, zone *time.Location) []byte {
	return fmt.Appendf(nil, "lastModifiedDate:%s\nsize:%d\ngzSize:%d\nsha256:%s\n",
		b.Date.In(zone).Format(time.RFC3339), b.Size, b.GzipSize, b.SHA256)
}

// archiveMeta describes an archive. Size and SHA-256 are those of the documents
// in it, one after the other, as with NVD; there is no .zip.
func archiveMeta(b build, _ int64, zone *time.Location) []byte {
	return fmt.Appendf(nil, "lastModifiedDate:%s\r\nsize:%d\r\ngzSize:%d\r\nsha256:%s\r\n",
		b.Date.In(zone).Format(time.RFC3339), b.Size, b.GzipSize, strings.ToUpper(b.SHA256))
}

// dated is a feed's name with its date.
type dated struct {
	name string
	date time.Time
}

// propertiesTime is the one spelling DependencyCheck and vulnz read: Java's
// uuuu-MM-dd'T'HH:mm:ssX, which takes neither fractions nor "-04:00".
const propertiesTime = "2006-01-02T15:04:05Z"

// cacheProperties is the index DependencyCheck asks for first. lastModifiedDate
// repeats the date of modified, for it compares what it stored of the one with
// the other. Java reads colons in values with or without a backslash; without
// is what others can read too.
func cacheProperties(prefix string, modified time.Time, years []dated) []byte {
	var out bytes.Buffer
	date := modified.UTC().Format(propertiesTime)
	fmt.Fprintf(&out, "prefix=%s\nlastModifiedDate=%s\nlastModifiedDate.modified=%s\n", prefix, date, date)
	for _, y := range years {
		fmt.Fprintf(&out, "lastModifiedDate.%s=%s\n", y.name, y.date.UTC().Format(propertiesTime))
	}
	return out.Bytes()
}
