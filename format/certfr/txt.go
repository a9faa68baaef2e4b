package certfr

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// part is a labelled piece of a TXT document.
type part struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// The labels of TXT documents. Some begin a line that goes on with their text,
// others stand alone; the layouts of the years number them, or add a colon.
var (
	label  = regexp.MustCompile(`(?i)^(?:[0-9]{1,2}(?:\.[0-9]+)*[.)]?\s*[-–]?\s+)?(R[ée]f[ée]rence|Titre|Objet|Date de la (?:premi[èe]re|derni[èe]re) version|Source\(?s?\)?|Pi[èe]ce\(?s?\)? jointe\(?s?\)?|Affaire suivie par|Gestion (?:d[ée]taill[ée]e )?du document)(?:\s*:\s*(.*)|\s{2,}(.+)|\s*)$`)
	alone  = regexp.MustCompile(`(?i)^(?:[0-9]{1,2}(?:\.[0-9]+)*[.)]?\s*[-–]?\s+)?(Risques?(?:\(s\))?|Syst[èe]mes? affect[ée]s?|R[ée]sum[ée]|Description|Contournements? provisoires?|Solutions?|Documentation|Rappel des avis [ée]mis)\s*:?$`)
	number = regexp.MustCompile(`^N°\s*(?:de r[ée]f[ée]rence\s*:?\s*)?(CERT(?:A|FR)-.*)$`)
	named  = regexp.MustCompile(`CERT(?:A|FR)-[0-9]{4}-[A-Z]{3}-[0-9]{1,5}`)
	footer = regexp.MustCompile(`(?i)^(?:Page [0-9]+\s*(?:/|sur)\s*[0-9]+|Secr[ée]tariat g[ée]n[ée]ral de la d[ée]fense.*|SGDSN\b.*|51,? (?:bd|boulevard) de La Tour.*|(?:Site )?web\s*:.*|T[ée]l\.?\s*:.*|M[ée]l\s*:.*|-{4,})$`)
)

// FromTXT renders a TXT document as a record's body. The name of its file stands
// in for a reference that the text does not have. Text that is not UTF-8 is taken
// for ISO 8859-1.
func FromTXT(text []byte, file string) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	if head := bytes.TrimSpace(text); len(head) == 0 || head[0] == '<' || bytes.IndexByte(text, 0) >= 0 {
		return nil, errors.New("not a text")
	}
	parts := split(decoded(text))
	reference := identifier(first(parts, "référence", "reference", "n°"), file, decoded(text))
	if reference == "" {
		return nil, errBadID
	}
	return json.Marshal(struct {
		Reference string `json:"reference"`
		Parts     []part `json:"txt"`
	}{reference, parts}, jsontext.AllowInvalidUTF8(true))
}

// identifier returns the first identifier, as spelled, in the first text that has
// one.
func identifier(texts ...string) string {
	for _, text := range texts {
		for _, word := range named.FindAllString(text, -1) {
			if _, ok := ParseID(word); ok {
				return word
			}
		}
	}
	return ""
}

// decoded reads text as UTF-8, or else as ISO 8859-1, whose bytes are the first
// characters of Unicode.
func decoded(text []byte) string {
	if utf8.Valid(text) {
		return string(text)
	}
	runes := make([]rune, len(text))
	for i, b := range text {
		runes[i] = rune(b)
	}
	return string(runes)
}

func split(text string) []part {
	parts := make([]part, 0, 16)
	into := func(name, text string) { parts = append(parts, part{name, text}) }
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' || r == '\f' }) {
		line = strings.TrimSpace(line)
		if line == "" || footer.MatchString(line) {
			continue
		}
		if match := alone.FindStringSubmatch(line); match != nil {
			into(match[1], "")
		} else if match := label.FindStringSubmatch(line); match != nil {
			into(match[1], match[2]+match[3])
		} else if match := number.FindStringSubmatch(line); match != nil {
			into("N°", match[1])
		} else if len(parts) == 0 {
			into("", line)
		} else if last := &parts[len(parts)-1]; last.Text == "" {
			last.Text = line
		} else {
			last.Text += "\n" + line
		}
	}
	return parts
}

// first returns the text of the first part with one of the names.
func first(parts []part, names ...string) string {
	for _, name := range names {
		for _, p := range parts {
			if strings.EqualFold(p.Name, name) {
				return p.Text
			}
		}
	}
	return ""
}
