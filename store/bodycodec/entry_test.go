package bodycodec

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// name has the shape of a CPE name and none of NVD's.
const name = `{"deprecated":false,"cpeName":"cpe:2.3:a:example:widget:1.2.3:*:*:*:*:*:*:*","cpeNameId":"0123ABCD-0000-4000-8000-00000000BEEF","lastModified":"2099-01-02T03:04:05.678","created":"2098-01-02T03:04:05.678","titles":[{"title":"Example Widget 1.2.3","lang":"en"}]}`

// heldEntry is name as dictionary 1 packed it. It must decode for ever.
const heldEntry = "AQFhDpHshQIVACFAZXhhbXBsZTp3aWRnZXQ6MS5+Gw0wMDEyM0FCQ0QtMDAwMBr4WRAwMDAtMA0BCEJFRVLTDlA5OS0wMS0wMlQwMzowNDowNS42NzgutgAQIjIwOThWJABKzQEARQm4BCBXBQAAIAUAIccRAAwifV19"

func TestEntryRoundTrip(t *testing.T) {
	for what, body := range map[string]string{
		"name": name, "nothing": "", "one byte": "1", "not UTF-8": "{\"v\":\"\xff\"}",
		"large": "[" + strings.Repeat(name+",", 3000) + "0]",
	} {
		enc, err := EncodeEntry([]byte("before"), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		enc = bytes.TrimPrefix(enc, []byte("before"))
		got, err := Decode([]byte("kept"), enc)
		if err != nil || string(got) != "kept"+body {
			t.Errorf("%s: came back different (%d bytes for %d), error %v", what, len(got), len(body), err)
		}
	}
}

func TestEntryRatio(t *testing.T) {
	enc, err := EncodeEntry(nil, []byte(name))
	if err != nil {
		t.Fatal(err)
	}
	if len(enc)*2 > len(name) {
		t.Errorf("a CPE name of %d bytes takes %d: the dictionary is not used", len(name), len(enc))
	}
}

func TestOldEntriesDecode(t *testing.T) {
	frame, err := base64.StdEncoding.DecodeString(heldEntry)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(nil, frame); err != nil || string(got) != name {
		t.Errorf("a frame of dictionary 1 came back as %q, %v", got, err)
	}
}

func TestEntryDamage(t *testing.T) {
	enc, err := EncodeEntry(nil, []byte(name))
	if err != nil {
		t.Fatal(err)
	}
	for at := range enc[1:] {
		damaged := bytes.Clone(enc)
		damaged[at+1] ^= 0x40
		if got, err := Decode(nil, damaged); err == nil && string(got) != name {
			t.Errorf("byte %d flipped: no error, %d bytes", at+1, len(got))
		}
	}
	if got, err := Decode(nil, enc[:len(enc)-3]); err == nil {
		t.Errorf("cut short: no error, %d bytes", len(got))
	}
}

func TestEveryEntryDictionaryIsUsed(t *testing.T) {
	files, err := fs.Glob(dictionaries, "dict/*.s2dict")
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(entryDictionaries))
	if d := cmp.Diff(want, files); d != "" {
		t.Errorf("dictionaries listed and embedded differ:\n%s", d)
	}
}

func FuzzDecodeEntry(f *testing.F) {
	enc, err := EncodeEntry(nil, []byte(name))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(enc)
	f.Fuzz(func(t *testing.T, b []byte) {
		if out, err := Decode(nil, b); err == nil && isEntry(b) {
			again, err := EncodeEntry(nil, out)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := Decode(nil, again); err != nil || !bytes.Equal(back, out) {
				t.Fatal("a body does not come back")
			}
		}
	})
}
