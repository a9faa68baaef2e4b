package nvd_test

import (
	"strings"
	"testing"
	"time"

	"vulnmirror/format/nvd"
)

const meta = "lastModifiedDate:2026-03-09T03:00:23-04:00\r\nsize:25111369\r\nzipSize:2097118\r\ngzSize:2096982\r\nsha256:255ABA3D1E5F5A7820074BAA9FB15525D9BDAEFF6A869266CAEA93A73A300E16\r\n"

func TestParseMeta(t *testing.T) {
	want := nvd.Meta{
		LastModified: time.Date(2026, 3, 9, 7, 0, 23, 0, time.UTC), Size: 25111369, ZipSize: 2097118, GzSize: 2096982,
		SHA256: "255aba3d1e5f5a7820074baa9fb15525d9bdaeff6a869266caea93a73a300e16",
	}
	for name, text := range map[string]string{
		"as sent":         meta,
		"LF":              strings.ReplaceAll(meta, "\r", ""),
		"no last newline": strings.TrimSpace(meta),
		"unknown key":     meta + "note:new\n",
	} {
		if got, err := nvd.ParseMeta([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestParseMetaRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"HTML":      "<!DOCTYPE html>\n<title>503</title>",
		"empty":     "",
		"bad date":  strings.Replace(meta, "2026-03-09T03", "2026-03-09 03", 1),
		"bad size":  strings.Replace(meta, "size:2511", "size:x", 1),
		"short sha": strings.Replace(meta, "255ABA3D", "", 1),
		"cut":       meta[:60],
	} {
		if got, err := nvd.ParseMeta([]byte(text)); err == nil {
			t.Errorf("%s: accepted as %+v", name, got)
		}
	}
}

func FuzzParseMeta(f *testing.F) {
	f.Add([]byte(meta))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := nvd.ParseMeta(data); err == nil && (m.Size <= 0 || len(m.SHA256) != 64 || m.LastModified.IsZero()) {
			t.Errorf("accepted without what it must have: %+v", m)
		}
	})
}
