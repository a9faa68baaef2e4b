package kinds

import (
	"regexp"
	"strings"

	"vulnmirror/cpe"
	"vulnmirror/format/attack"
	"vulnmirror/format/capec"
	"vulnmirror/format/cwe"
	"vulnmirror/format/d3fend"
	"vulnmirror/vuln"
)

func parseCVE(text string) (string, bool) {
	id, err := vuln.ParseCVE(text)
	return id, err == nil
}

func parseCPE(text string) (string, bool) {
	if !isCPE(text) {
		return "", false
	}
	name, err := cpe.ParseLenient(text)
	return name.String(), err == nil
}

func isCPE(text string) bool {
	text = strings.TrimSpace(text)
	return len(text) > 4 && strings.EqualFold(text[:4], "cpe:")
}

// typedCPE looks for the name as it was typed too: the dictionary has some that
// are not spelled as the specification has them.
func typedCPE(text string, _ bool) []Ref {
	if id, ok := parseCPE(text); ok {
		return []Ref{{Kind: vuln.KindCPE, ID: text}, {Kind: vuln.KindCPE, ID: id}}
	}
	if _, err := vuln.ParseUUID(text); err == nil {
		return []Ref{{Kind: vuln.KindCPE, ID: text, Alias: true}}
	}
	return nil
}

func parseUUID(text string) (string, bool) {
	id, err := vuln.ParseUUID(strings.TrimSpace(text))
	return id.String(), err == nil
}

// parseSource takes any name: sources are known by addresses, UUIDs and words.
func parseSource(text string) (string, bool) {
	text = strings.TrimSpace(text)
	return text, text != ""
}

func typedSource(text string, asked bool) []Ref {
	if _, err := vuln.ParseUUID(text); err != nil && !strings.Contains(text, "@") && !asked {
		return nil
	}
	return []Ref{
		{Kind: vuln.KindNVDSource, ID: text},
		{Kind: vuln.KindNVDSource, ID: strings.ToLower(text)},
		{Kind: vuln.KindNVDSource, ID: text, Alias: true},
	}
}

func typedCWE(text string, asked bool) []Ref {
	return typedNumber(vuln.KindCWE, cwe.ParseID, text, "capec.mitre.org", 4, asked)
}

func typedCAPEC(text string, asked bool) []Ref {
	return typedNumber(vuln.KindCAPEC, capec.ParseID, text, "cwe.mitre.org", 3, asked)
}

// typedNumber reads the number of an entry of a catalogue. Bare ones with more
// digits than the catalogue has, and what only begins with a number, are taken
// for something else unless an entry is asked for. Other is the site of the
// other catalogue, whose pages have the same names.
func typedNumber(kind vuln.Kind, parse func(string) (string, bool), text, other string, digits int, asked bool) []Ref {
	id, ok := parse(text)
	if !ok || strings.Contains(strings.ToLower(text), other) {
		return nil
	}
	figures := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if !asked && figures > 0 && (figures < len(text) || figures > digits) {
		return nil
	}
	return []Ref{{Kind: kind, ID: id}}
}

var (
	stixID    = regexp.MustCompile(`^[a-z0-9-]+--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	retiredID = regexp.MustCompile(`^(?:MOB|PRE)-[A-Z]+[0-9]{4}$`) // x_mitre_old_attack_id
)

// typedATTACK knows the other names objects have: their STIX ids, and what they
// were called when each domain counted for itself.
func typedATTACK(text string, _ bool) []Ref {
	if id, ok := attack.ParseID(text); ok {
		return []Ref{{Kind: vuln.KindATTACK, ID: id}}
	}
	if lower := strings.ToLower(text); stixID.MatchString(lower) {
		return []Ref{{Kind: vuln.KindATTACK, ID: lower, Alias: true}}
	}
	if upper := strings.ToUpper(text); retiredID.MatchString(upper) {
		return []Ref{{Kind: vuln.KindATTACK, ID: upper, Alias: true}}
	}
	return nil
}

var className = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*$`)

// typedD3FEND knows techniques by their D3 ids, which are aliases.
func typedD3FEND(text string, asked bool) []Ref {
	id, ok := d3fend.ParseID(text)
	switch {
	case ok && strings.HasPrefix(id, "d3f:"):
		return []Ref{{Kind: vuln.KindD3FEND, ID: id}}
	case ok:
		return []Ref{{Kind: vuln.KindD3FEND, ID: id, Alias: true}}
	case asked && className.MatchString(text):
		return []Ref{{Kind: vuln.KindD3FEND, ID: "d3f:" + text}}
	}
	return nil
}
