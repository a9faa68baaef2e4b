package publishers

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

var monthsFR = []string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
}

func dateFR(at time.Time) string {
	return fmt.Sprintf("%02d %s %d", at.Day(), monthsFR[at.Month()-1], at.Year())
}

// tar is the archive of a year: a text of every notice, and the same on paper.
func (p *certfr) tar(notices shelf) func() []byte {
	var files []file
	for _, x := range notices {
		files = append(files, file{x.id + ".txt", fixed(p.txt(x))}, file{x.id + ".pdf", fixed([]byte("%PDF-1.4\n%%EOF\n"))})
	}
	at := p.at
	return func() []byte { return tarred(at, files...) }
}

func (p *certfr) txt(x *article) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "Référence: %s\nTitre: %s\n", x.id, x.title)
	fmt.Fprintf(&out, "Date de la première version: %s\nDate de la dernière version: %s\n", dateFR(x.created), dateFR(x.changed))
	out.WriteString("Source(s): Bulletin de Personne\nPièce(s) jointe(s): Aucune(s)\n----\n")
	out.WriteString("Risque(s):\n - Déni de service\n\nSystèmes affectés:\n - Versions antérieures à 2.2\n\n")
	fmt.Fprintf(&out, "Résumé:\n  Une vulnérabilité a été découverte. %s\n\nSolution:\n  Se référer au bulletin.\n\nDocumentation:\n", x.text())
	for _, cve := range p.about[x.id] {
		fmt.Fprintf(&out, " - Référence CVE %s https://www.cve.org/CVERecord?id=%s\n\n", cve, cve)
	}
	// Files of less than 2,000 bytes are taken for error pages.
	out.WriteString(strings.Repeat(" - Bulletin https://example.org/bulletins\n", 40))
	return out.Bytes()
}
