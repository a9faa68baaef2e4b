package main

import (
	"fmt"

	"vulnmirror/transfer"
)

// copiedPart is what copy prints of one kind of records, of the files and of the
// states.
type copiedPart struct {
	Name      string             `json:"name"`
	Copied    int                `json:"copied"`    // versions of records, files or states that the target took
	Withdrawn int                `json:"withdrawn"` // records marked
	Older     int                `json:"older"`     // versions not taken, as the target has newer ones
	From      copiedTally        `json:"from"`
	To        copiedTally        `json:"to"`
	Same      bool               `json:"same"`
	Different int                `json:"different"`
	First     []copiedDifference `json:"first_differences,omitempty"`
}

type copiedTally struct {
	Records  int    `json:"records"`
	Versions int    `json:"versions"`
	SHA256   string `json:"sha256"`
}

type copiedDifference struct {
	ID      string `json:"id"`
	Problem string `json:"problem"`
}

func (c *copying) print(report transfer.Report, compared transfer.Comparison) error {
	parts := make([]copiedPart, len(compared.Parts))
	for i, p := range compared.Parts {
		parts[i] = copiedPart{Name: p.Name, From: copiedTally(p.From), To: copiedTally(p.To), Same: p.Same(), Different: p.Different}
		for _, d := range p.First {
			parts[i].First = append(parts[i].First, copiedDifference(d))
		}
		parts[i].note(report)
	}
	if c.json {
		return c.printJSON(map[string]any{
			"from": c.from.String(), "to": c.to.String(), "same": compared.Same(), "unread": report.Unread, "parts": parts,
		})
	}
	t := c.newTable("kind", "records", "versions", "copied", "sha256", "result")
	for _, p := range parts {
		result := "same"
		if !p.Same {
			result = fmt.Sprintf("%d differ; the target has %d records, %d versions", p.Different, p.To.Records, p.To.Versions)
		}
		t.AppendRow(row(p.Name, p.From.Records, p.From.Versions, p.Copied, p.From.SHA256[:12], result))
	}
	return c.printTable(t)
}

// note enters what was done.
func (p *copiedPart) note(report transfer.Report) {
	switch p.Name {
	case transfer.PartFiles:
		p.Copied = report.Files
	case transfer.PartStates:
		p.Copied = report.States
	}
	for _, k := range report.Kinds {
		if string(k.Kind) == p.Name {
			p.Copied, p.Withdrawn, p.Older = k.Versions, k.Withdrawn, k.Older
		}
	}
}
