package platform

import "testing"

func TestSplit(t *testing.T) {
	for in, want := range map[string][4]string{
		"cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*":     {"a", "v", "p", "1.0"},
		`cpe:2.3:a:v\:w:p\\:1\::*`:            {"a", `v\:w`, `p\\`, `1\:`},
		"cpe:2.3:o:microsoft:windows_10:1607": {"o", "microsoft", "windows_10", "1607"},
		"cpe:2.3:a:nginx unit":                {"a", "nginx unit"},
		"cpe:2.3:":                            {},
		`cpe:2.3:a:\`:                         {"a", `\`},
		"cpe:/a:v:p":                          {},
		"":                                    {},
	} {
		if got := Split(in); got != want {
			t.Errorf("Split(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOf(t *testing.T) {
	for text, want := range map[string]struct {
		Product
		open bool
	}{
		"cpe:2.3:a:Vendor:p:1:*:*:*:*:*:*:*":      {Product{"a", "vendor", "p"}, false},
		`cpe:2.3:a:v\-x:joomla\!:1:*:*:*:*:*:*:*`: {Product{"a", "v-x", `joomla\!`}, false},
		"cpe:2.3:a:*:p:1:*:*:*:*:*:*:*":           {Product{"a", "*", "p"}, true},
		"cpe:2.3:a:v:p*:1:*:*:*:*:*:*:*":          {Product{"a", "v", "p*"}, true},
		`cpe:2.3:a:v:p\*:1:*:*:*:*:*:*:*`:         {Product{"a", "v", `p\*`}, false},
		"cpe:2.3:a:v":                             {Product{"a", "v", ""}, true},
		"no name":                                 {Product{}, true},
	} {
		if got := Of(text); got != want.Product || got.Open() != want.open {
			t.Errorf("Of(%q) = %+v, open %v; want %+v", text, got, got.Open(), want)
		}
	}
}
