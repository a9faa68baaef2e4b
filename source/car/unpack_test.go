package car

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"strings"
	"testing"
)

// packed is an archive with one member after a good one.
func packed(t testing.TB, head tar.Header, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	good := tar.Header{Name: "car-master/analytics/CAR-2031-02-003.yaml", Mode: 0o644, Size: 4}
	for _, m := range []struct {
		head    tar.Header
		content string
	}{{good, "a: 1"}, {head, content}} {
		if err := w.WriteHeader(&m.head); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestHarmfulArchives: what would do harm where it is unpacked is not read.
func TestHarmfulArchives(t *testing.T) {
	for name, tc := range map[string]struct {
		head    tar.Header
		content string
		wrong   string // "" when it is read
	}{
		"a file":           {tar.Header{Name: "car-master/sensors/s.yaml", Size: 4}, "b: 2", ""},
		"a folder":         {tar.Header{Name: "car-master/sensors/", Typeflag: tar.TypeDir}, "", ""},
		"upwards":          {tar.Header{Name: "car-master/../../etc/passwd", Size: 1}, "x", "leads out of the archive"},
		"absolute":         {tar.Header{Name: "/etc/passwd", Size: 1}, "x", "leads out of the archive"},
		"a drive":          {tar.Header{Name: `C:\autoexec.bat`, Size: 1}, "x", "leads out of the archive"},
		"a link":           {tar.Header{Name: "car-master/x.yaml", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, "", "neither a file nor a folder"},
		"a hard link":      {tar.Header{Name: "car-master/x.yaml", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}, "", "neither a file nor a folder"},
		"a device":         {tar.Header{Name: "car-master/x.yaml", Typeflag: tar.TypeChar}, "", "neither a file nor a folder"},
		"an absurd record": {tar.Header{Name: "car-master/x.yaml", Size: mostYAML + 1}, strings.Repeat("x", mostYAML+1), "more than 1048576 are not read"},
	} {
		t.Run(name, func(t *testing.T) {
			tree, _, err := unpack(bytes.NewReader(packed(t, tc.head, tc.content)))
			if tc.wrong == "" {
				if err != nil {
					t.Fatal(err)
				}
				if data, err := fs.ReadFile(tree, "car-master/analytics/CAR-2031-02-003.yaml"); string(data) != "a: 1" {
					t.Errorf("the good file is %q, %v", data, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.wrong) || !strings.Contains(err.Error(), strings.TrimSuffix(tc.head.Name, "/")) && !strings.Contains(err.Error(), `C:\\autoexec.bat`) {
				t.Errorf("unpack: %v, want %q and the member's name", err, tc.wrong)
			}
		})
	}
}

func TestAbsurdSizes(t *testing.T) {
	head := &tar.Header{Name: "a", Typeflag: tar.TypeReg}
	if err := acceptable(head, mostMembers, mostBytes); err != nil {
		t.Error(err)
	}
	if err := acceptable(head, mostMembers+1, 0); err == nil {
		t.Error("any number of members is read")
	}
	if err := acceptable(head, 1, mostBytes+1); err == nil {
		t.Error("any number of bytes is read")
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(packed(f, tar.Header{Name: "car-master/sensors/s.yaml", Size: 4}, "b: 2"))
	f.Add(packed(f, tar.Header{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "0"}}, ""))
	f.Fuzz(func(t *testing.T, archive []byte) {
		tree, _, err := unpack(bytes.NewReader(archive))
		if err != nil {
			return
		}
		err = fs.WalkDir(tree, ".", func(name string, _ fs.DirEntry, err error) error {
			if !fs.ValidPath(name) {
				t.Errorf("the tree has %q", name)
			}
			return err
		})
		if err != nil {
			t.Logf("a tree that cannot be walked: %v", err) // its reader says so as well
		}
	})
}
