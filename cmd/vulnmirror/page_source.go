package main

import (
	"encoding/json"
	"fmt"

	"vulnmirror/nvd"
	"vulnmirror/vuln"
)

func (p page) source() error {
	var s nvd.Source
	if err := s.UnmarshalJSON(p.record.Body); err != nil {
		return err
	}
	p.title(s.Name(), "")
	p.dates(s.Created(), s.LastModified(), "")
	p.provenance()
	if email := s.ContactEmail(); email != "" {
		fmt.Fprintf(p, "contact %s\n", email)
	}
	p.section("Identifiers")
	for _, id := range s.Identifiers() {
		fmt.Fprintf(p, "  %s\n", id)
	}
	levels := s.AcceptanceLevels()
	if len(levels) == 0 {
		return nil
	}
	p.section("What NVD accepts of it")
	for _, subject := range []struct{ key, name string }{{"v2", "CVSS 2"}, {"v3", "CVSS 3"}, {"v4", "CVSS 4"}, {"cwe", "CWE"}} {
		if level, ok := levels[subject.key]; ok {
			fmt.Fprintf(p, "  %-6s  %s since %s\n", subject.name, level.Description, level.LastModified)
		}
	}
	return nil
}

func (p page) change() error {
	var c nvd.Change
	if err := c.UnmarshalJSON(p.record.Body); err != nil {
		return err
	}
	p.title(c.CVE(), c.Event())
	fmt.Fprintf(p, "%s   by %s   id %s\n", vuln.FormatTime(c.Created()), c.SourceIdentifier(), c.ID())
	p.provenance()
	for _, d := range c.Details() {
		p.section(d.Type + inParentheses(d.Action))
		p.value("-", d.Old)
		p.value("+", d.New)
	}
	return nil
}

// value prints one side of a change: a text as such, anything else as JSON.
func (p page) value(sign string, value json.RawMessage) {
	if value == nil {
		return
	}
	var plain string
	if err := json.Unmarshal(value, &plain); err != nil {
		plain = string(value)
	}
	fmt.Fprintf(p, "  %s %s\n", sign, shorten(plain, 400))
}
