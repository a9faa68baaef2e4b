package sim

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// archived reads what WriteArchives wrote, in order.
func archived(t *testing.T, dir string, a *archive) (ids []string, bodies map[string]string) {
	t.Helper()
	base := filepath.Join(dir, hostFeeds, filepath.FromSlash(a.folder), a.name)
	gz, err := os.ReadFile(base + ".tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	meta, err := os.ReadFile(base + ".meta")
	if err != nil {
		t.Fatal(err)
	}
	plain := gunzip(t, gz)
	sum := sha256.Sum256(plain)
	if !strings.Contains(string(meta), strings.ToUpper(hex.EncodeToString(sum[:]))) {
		t.Errorf("%s.meta is about something else", a.name)
	}
	bodies = map[string]string{}
	for members := tar.NewReader(bytes.NewReader(plain)); ; {
		head, err := members.Next()
		if errors.Is(err, io.EOF) {
			return ids, bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		if head.Typeflag == tar.TypeDir {
			continue
		}
		chunk, err := io.ReadAll(members)
		if err != nil {
			t.Fatal(err)
		}
		_, some, records := listed(t, a.kind, chunk)
		ids = append(ids, some...)
		for id, body := range records {
			bodies[id] = body
		}
	}
}

func TestWriteArchives(t *testing.T) {
	const names, criteria = 3_210, 1_501
	dir, again := t.TempDir(), t.TempDir()
	for _, d := range []string{dir, again} {
		if err := WriteArchives(t.Context(), d, testSeed, names, criteria, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []int{names, criteria} {
		a := &archives[i]
		ids, bodies := archived(t, dir, a)
		if len(ids) != want || len(bodies) != want {
			t.Errorf("%s has %d records, %d different, want %d", a.name, len(ids), len(bodies), want)
		}
		if _, same := archived(t, again, a); !cmp.Equal(bodies, same) {
			t.Errorf("%s is not the same every time", a.name)
		}
	}
}

func TestWriteArchivesLeavesOut(t *testing.T) {
	dir := t.TempDir()
	if err := WriteArchives(t.Context(), dir, testSeed, 0, 100, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, bodies := archived(t, dir, &archives[1]); len(bodies) != 100 {
		t.Errorf("%d criteria, want 100", len(bodies))
	}
	if _, err := os.Stat(filepath.Join(dir, hostFeeds, "feeds/json/cpe")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no names were asked for, and yet there is an archive: %v", err)
	}
}

// What criteria of the large set list is what they hold by the rule of the small
// one, and lists are short for most and long for a few.
func TestBulkCriteria(t *testing.T) {
	b := newBulk(testSeed, 20_000, 8_000, defaultNow)
	empty, short, most := 0, 0, 0
	for i, p := range b.criteria {
		l := b.line(int(p.product))
		sp, limits, from, to := l.meant(int(p.n))
		c := &criterion{spelling: sp, limits: limits}
		listed := 0
		for n := range l.count {
			in := from <= n && n < to
			if name := l.name(n); c.holds(name) != in {
				t.Fatalf("criterion %d, %v %+v, lists %s: %v", i, sp, limits, name.text, in)
			}
			if in {
				listed++
			}
		}
		if listed == 0 {
			empty++
		}
		if listed <= 3 {
			short++
		}
		most = max(most, listed)
	}
	if empty < len(b.criteria)/20 || short < len(b.criteria)/2 || most < 200 {
		t.Errorf("of %d criteria %d have no name and %d at most 3; the longest list has %d", len(b.criteria), empty, short, most)
	}
}

func TestShares(t *testing.T) {
	for _, c := range []struct{ total, n int }{{0, 1}, {1, 1}, {5, 3}, {2, 7}, {1_500_000, 120_000}} {
		sum := 0
		for _, share := range shares(c.total, c.n) {
			sum += int(share)
			if share < 0 {
				t.Errorf("%+v: a share is %d", c, share)
			}
		}
		if sum != c.total {
			t.Errorf("%+v: the shares make %d", c, sum)
		}
	}
}

func TestSqueezeAllStopsAtAnError(t *testing.T) {
	broken := errors.New("broken")
	_, err := squeezeAll(t.Context(), io.Discard, 50, func(n int) ([]byte, error) {
		if n == 20 {
			return nil, broken
		}
		return make([]byte, 1000), nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}
