package cpe

import (
	"errors"
	"testing"
)

func TestURI(t *testing.T) {
	tests := map[string]string{
		"cpe:/a:microsoft:internet_explorer:8.0.6001:beta":                                                    "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
		"cpe:/a:microsoft:internet_explorer:8.%02:sp%01":                                                      "cpe:2.3:a:microsoft:internet_explorer:8.*:sp?:*:*:*:*:*:*",
		"cpe:/a:hp:insight:7.4.0.1570:-:~~online~win2003~x64~":                                                "cpe:2.3:a:hp:insight:7.4.0.1570:-:*:*:online:win2003:x64:*",
		"cpe:/a:hp:manager:7.1::~~~~x86~~":                                                                    "",
		"cpe:/a:foo%5cbar:big%24money_2010:::~~special~ipod~80gb~":                                            `cpe:2.3:a:foo\\bar:big\$money_2010:*:*:*:*:special:ipod:80gb:*`,
		"cpe:/a:acme:%21%22%23%24%25%26%27%28%29%2a%2b%2c%2f%3a%3b%3c%3d%3e%3f%40%5b%5c%5d%5e%60%7b%7c%7d%7e": `cpe:2.3:a:acme:\!\"\#\$\%\&\'\(\)\*\+\,\/\:\;\<\=\>\?\@\[\\\]\^\` + "`" + `\{\|\}\~:*:*:*:*:*:*:*:*`,
		"cpe:/o:-::1.0:::de":         "cpe:2.3:o:-:*:1.0:*:*:de:*:*:*:*",
		"cpe:/a:b:c:1::~-~-~-~-~-":   "cpe:2.3:a:b:c:1:*:-:*:-:-:-:-",
		"cpe:/a:b:c:1:%7eu:%7eed:en": `cpe:2.3:a:b:c:1:\~u:\~ed:en:*:*:*:*`,
		"cpe:/a:b:%01%01c%02":        "cpe:2.3:a:b:??c*:*:*:*:*:*:*:*:*",
		"cpe:/":                      "cpe:2.3:*:*:*:*:*:*:*:*:*:*:*",
	}
	for uri, want := range tests {
		n, err := ParseURI(uri)
		if want == "" {
			if err == nil {
				t.Errorf("ParseURI(%q) = %q, want an error", uri, n)
			}
			continue
		}
		if err != nil || n.String() != want {
			t.Errorf("ParseURI(%q) = %q, %v; want %q", uri, n, err, want)
			continue
		}
		if got := n.URI(); got != uri {
			t.Errorf("%q.URI() = %q, want %q", n, got, uri)
		}
	}
}

// Forms that are read but written otherwise.
func TestURIVariants(t *testing.T) {
	tests := map[string]string{
		"CPE:/A:Acme:C%2B%2B":    `cpe:/a:acme:c%2b%2b`,
		"cpe:/a:b:c:::":          "cpe:/a:b:c",
		"cpe:/a:b:c:1:u~1":       "cpe:/a:b:c:1:u%7e1",
		"cpe:/a:b:c:1:u:ed~1":    "cpe:/a:b:c:1:u:ed%7e1",
		"cpe:/a:b:c:1:u:~ed~~~~": "cpe:/a:b:c:1:u:ed",
		"cpe:/a:b:c:1:%2e%41":    "cpe:/a:b:c:1:.a",
		"cpe:/a:b:c:%02":         "cpe:/a:b:c",
		"cpe:/a:b:c:1::~~~~~:en": "cpe:/a:b:c:1:::en",
	}
	for in, want := range tests {
		n, err := ParseURI(in)
		if err != nil || n.URI() != want {
			t.Errorf("ParseURI(%q).URI() = %q, %v; want %q", in, n.URI(), err, want)
		}
	}
}

func TestURIFaults(t *testing.T) {
	tests := []struct {
		in        string
		attribute Attribute
		offset    int
	}{
		{"cpe:2.3:a", Attributes, 0},
		{"cpe:/x", Part, 5},
		{"cpe:/a:b c", Vendor, 8},
		{"cpe:/a:b:c+", Product, 10},
		{"cpe:/a:b:c%2", Product, 10},
		{"cpe:/a:b:c%zz", Product, 10},
		{"cpe:/a:b:c%03", Product, 10},
		{"cpe:/a:b:c%20", Product, 10},
		{"cpe:/a:b:c%c3%a9", Product, 10},
		{"cpe:/a:b:c:1%022", Version, 11},
		{"cpe:/a:b:c:1:u:~a~b", Edition, 15},
		{"cpe:/a:b:c:1:u:~a~b~c~d%~e", TargetHW, 23},
		{"cpe:/a:b:c:1:u:e:e_n", Language, 17},
		{"cpe:/a:b:c:1:u:e:en:x", Attributes, 20},
	}
	for _, test := range tests {
		_, err := ParseURI(test.in)
		var fault *SyntaxError
		if !errors.As(err, &fault) || fault.Attribute != test.attribute || fault.Offset != test.offset || fault.Text != test.in {
			t.Errorf("ParseURI(%q): %v; want %v at %d", test.in, err, test.attribute, test.offset)
		}
	}
}
