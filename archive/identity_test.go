package archive_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"vulnmirror/archive"
)

func TestIdentityStaysAndDiffers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ids := make([]string, 8)
	var group errgroup.Group
	for i := range ids {
		group.Go(func() (err error) {
			ids[i], err = archive.Open(dir).Identity()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("one archive has identities %q and %q", ids[0], id)
		}
	}
	other, err := archive.Open(t.TempDir()).Identity()
	if err != nil || other == ids[0] {
		t.Errorf("another archive has identity %q, error %v", other, err)
	}
}
