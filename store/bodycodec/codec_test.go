package bodycodec

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sample has the shape of a record and none of its words.
const sample = `{"id":"CVE-2099-1234","sourceIdentifier":"cve@mitre.org","published":"2099-01-02T03:04:05.678","lastModified":"2099-01-02T03:04:05.678","vulnStatus":"Analyzed","cveTags":[],"descriptions":[{"lang":"en","value":"An example overflow in the widget service."}],"metrics":{"cvssMetricV31":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8,"baseSeverity":"CRITICAL"}}]},"references":[]}`

// heldFrame is sample as dictionary 1000001 compressed it. It must decode for
// ever.
const heldFrame = "KLUv/UcAQUIPAN8ALQMA9AI5OS0xMjk5LTAxLTAyVDAzOjA0OjA1LjY3OG4gZXhhbXBsZXdpZGdldH19XX1dfRLw9rZzTOz+JiXSNv08x1gKNsRlH28uOCIuhvO1I4u1SbhJtSM72GTSe0CEnLjBPY5s2AGuBYYp"

func TestRoundTrip(t *testing.T) {
	for name, body := range map[string]string{
		"record": sample, "empty object": "{}", "nothing": "", "one byte": "1",
		"astral, CR, LF, NUL": "{\"v\":\"\U0001F600\r\n\x00\"}",
		"not UTF-8":           "{\"v\":\"\xff\"}",
		"large":               "[" + strings.Repeat(sample+",", 1500) + "0]",
	} {
		enc, err := Encode([]byte("before"), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		enc = bytes.TrimPrefix(enc, []byte("before"))
		got, err := Decode([]byte("kept"), enc)
		if err != nil || string(got) != "kept"+body {
			t.Errorf("%s: came back different (%d bytes for %d), error %v", name, len(got), len(body), err)
		}
	}
}

func TestRatio(t *testing.T) {
	enc, err := Encode(nil, []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if len(enc)*3 > len(sample) {
		t.Errorf("a record of %d bytes takes %d: the dictionary is not used", len(sample), len(enc))
	}
}

func TestOldFramesDecode(t *testing.T) {
	frame, err := base64.StdEncoding.DecodeString(heldFrame)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(nil, frame); err != nil || string(got) != sample {
		t.Errorf("a frame of dictionary 1000001 came back as %q, %v", got, err)
	}
}

func TestDecodePlain(t *testing.T) {
	got, err := Decode(nil, []byte(sample))
	if err != nil || string(got) != sample {
		t.Errorf("plain JSON came back as %q, %v", got, err)
	}
}

func TestDecodeDamage(t *testing.T) {
	enc, err := Encode(nil, []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(enc)
	flipped[len(flipped)-6] ^= 0x40
	other := bytes.Clone(enc)
	at := bytes.Index(other, []byte{0x41, 0x42, 0x0f}) // 1000001, little endian
	if at < 0 {
		t.Fatal("the frame does not name its dictionary")
	}
	other[at]++
	for name, b := range map[string][]byte{"cut short": enc[:len(enc)-3], "bit flipped": flipped, "unknown dictionary": other} {
		if got, err := Decode(nil, b); err == nil {
			t.Errorf("%s: no error, %d bytes", name, len(got))
		}
	}
}

func TestEveryDictionaryIsUsed(t *testing.T) {
	files, err := fs.Glob(dictionaries, "dict/*.zdict")
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(all))
	if d := cmp.Diff(want, files); d != "" {
		t.Errorf("dictionaries listed and embedded differ:\n%s", d)
	}
}

func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			body := strings.Repeat(sample, i+1)
			for range 20 {
				enc, err := Encode(nil, []byte(body))
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := Decode(nil, enc); err != nil || string(got) != body {
					t.Errorf("came back different: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzDecode(f *testing.F) {
	enc, err := Encode(nil, []byte(sample))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(enc)
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := Decode(nil, b)
		if err == nil && !Compressed(b) && !bytes.Equal(out, b) {
			t.Fatal("plain bytes changed")
		}
	})
}
