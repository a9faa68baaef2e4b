package sim

import (
	"strconv"
	"strings"
)

// product is something vulnerabilities are found in.
type product struct {
	vendor, name       string // as written in text
	cpeVendor, cpeName string // as a CPE spells them
	host               string // where the vendor publishes
	part               byte   // CPE part: a, o or h
	prefix             string // of its CPE names, up to the version
	seed               uint64
}

func newProduct(vendor, name string, part byte, seed uint64) product {
	p := product{vendor: vendor, name: name, part: part, seed: seed}
	p.cpeVendor, p.cpeName = cpeWord(vendor), cpeWord(name)
	p.prefix = "cpe:2.3:" + string(part) + ":" + p.cpeVendor + ":" + p.cpeName + ":"
	p.host = strings.ReplaceAll(p.cpeVendor, "_", "-") + ".example"
	return p
}

func cpeWord(s string) string { return strings.ReplaceAll(strings.ToLower(s), " ", "_") }

// productAt gives the product with this number. Few products are met often and
// many seldom, so numbers are drawn with drawProduct.
func productAt(seed uint64, number int) product {
	d := roll(seed, 0x70726f64, uint64(number))
	v := roll(seed, 0x76656e64, uint64(d.n(number/3+1)))
	vendor := pick(v, syllables) + pick(v, syllables)
	if v.n(2) == 0 {
		vendor += pick(v, syllables)
	}
	vendor = title(vendor + pick(v, companyEnds))
	part := byte('a')
	switch d.n(10) {
	case 0, 1:
		part = 'o'
	case 2:
		part = 'h'
	}
	name := pick(d, adjectives) + " " + pick(d, things)
	if d.chance(0.3) {
		name += " " + strconv.Itoa(100*(1+d.n(90)))
	}
	return newProduct(vendor, name, part, d.next())
}

func drawProduct(seed uint64, d *dice) product {
	u := d.share()
	return productAt(seed, int(9000*u*u*u))
}

// trains are suffixes of release trains.
var trains = []string{"", "t", "e", "sy"}

// version draws a version of the spelling this product uses.
func (p product) version(d *dice) string {
	switch p.seed % 8 {
	case 0:
		return strconv.Itoa(9+d.n(8)) + "." + strconv.Itoa(d.n(5)) + "(" + strconv.Itoa(1+d.n(30)) + ")" + pick(d, trains)
	case 1:
		return strconv.Itoa(2009+d.n(18)) + "." + strconv.Itoa(101 + d.n(12))[1:]
	case 2:
		return strconv.Itoa(1+d.n(12)) + "." + strconv.Itoa(d.n(30))
	case 3:
		return strconv.Itoa(d.n(20)) + "." + strconv.Itoa(d.n(10)) + "." + strconv.Itoa(10000+d.n(20000)) + "." + strconv.Itoa(d.n(9000))
	default:
		return strconv.Itoa(d.n(15)) + "." + strconv.Itoa(d.n(40)) + "." + strconv.Itoa(d.n(60))
	}
}

// newer compares the numbers of two versions in turn.
func newer(a, b string) bool {
	for a != "" && b != "" {
		var x, y int
		x, a = number(a)
		y, b = number(b)
		if x != y {
			return x > y
		}
	}
	return a != ""
}

// number takes the first number off a version.
func number(s string) (n int, rest string) {
	i := strings.IndexAny(s, "0123456789")
	if i < 0 {
		return 0, ""
	}
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		n = 10*n + int(s[i]-'0')
	}
	return n, s[i:]
}

// later counts the last number of a version up.
func later(version string, by int) string {
	end := strings.LastIndexAny(version, "0123456789") + 1
	start := strings.LastIndexFunc(version[:end], func(r rune) bool { return r < '0' || r > '9' }) + 1
	n, _ := number(version[start:end])
	return version[:start] + strconv.Itoa(n+by) + version[end:]
}

// cpeVersion escapes what a CPE 2.3 formatted string escapes (NISTIR 7695, 6.2).
func cpeVersion(v string) string {
	if !strings.Contains(v, "(") {
		return v
	}
	return strings.ReplaceAll(strings.ReplaceAll(v, "(", `\(`), ")", `\)`)
}

// criteria spells a CPE 2.3 match string. A few carry a raw space, as some of
// NVD's do.
func (p product) criteria(version, update string, d *dice) string {
	prefix := p.prefix
	if d.n(400) == 0 {
		prefix = strings.ReplaceAll(prefix, "_", " ")
	}
	target := "*"
	if d.n(20) == 0 {
		target = pick(d, targets)
	}
	return prefix + version + ":" + update + ":*:*:*:" + target + ":*:*"
}

var targets = []string{"windows", "linux_kernel", "node.js", "wordpress", "android"}

// appendUUID spells a version 4 UUID made from a number, in the given digits.
func appendUUID(dst []byte, number uint64, digits string) []byte {
	lo := mix(number + 0x9e3779b97f4a7c15)
	for i := range 32 {
		word := number
		if i >= 16 {
			word = lo
		}
		n := word >> (60 - 4*(i%16)) & 15
		switch i {
		case 8, 20:
			dst = append(dst, '-')
		case 12:
			dst = append(dst, '-')
			n = 4
		case 16:
			dst = append(dst, '-')
			n = 8 | n&3
		}
		dst = append(dst, digits[n])
	}
	return dst
}

const (
	upperHex = "0123456789ABCDEF"
	lowerHex = "0123456789abcdef"
)
