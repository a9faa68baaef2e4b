package cpe

import "fmt"

// SyntaxError says why text is not a CPE name.
type SyntaxError struct {
	Text      string    // what was to be parsed; of New and With, the one value
	Attribute Attribute // the attribute at fault; Attributes when none is
	Offset    int       // of the fault in Text, in bytes
	Reason    string
}

func (e *SyntaxError) Error() string {
	text, more := e.Text, ""
	if len(text) > 200 {
		text, more = text[:200], "…"
	}
	if e.Attribute < Attributes {
		return fmt.Sprintf("CPE name %q%s: %s at byte %d: %s", text, more, e.Attribute, e.Offset, e.Reason)
	}
	return fmt.Sprintf("CPE name %q%s: %s", text, more, e.Reason)
}
