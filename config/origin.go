package config

import (
	"fmt"
	"strings"
)

// Kind says what sort of place a value came from.
type Kind string

// The kinds, weakest first: a later one overrides an earlier one.
const (
	FromDefault Kind = "default"
	FromFile    Kind = "file"
	FromEnv     Kind = "env"
	FromFlag    Kind = "flag"
	FromSet     Kind = "set"
)

// Origin is where a value came from.
type Origin struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name,omitempty"`   // file, variable or flag
	Line   int    `json:"line,omitempty"`   // in a file, from 1
	Column int    `json:"column,omitempty"` // in a file, from 1
}

// String is the place as people write it: "default", "vulnmirror.yaml:3:7",
// "env NVD_API_KEY", "--data".
func (o Origin) String() string {
	switch o.Kind {
	case FromFile:
		if o.Line == 0 {
			return o.Name
		}
		return fmt.Sprintf("%s:%d:%d", o.Name, o.Line, o.Column)
	case FromEnv:
		return "env " + o.Name
	case FromFlag, FromSet:
		return o.Name
	default:
		return string(FromDefault)
	}
}

// Problem is one thing wrong with the configuration.
type Problem struct {
	Origin Origin
	Key    string // "" when it is not about one key
	Reason error
}

// Error is the problem in one line: place, key, reason.
func (p Problem) Error() string {
	if p.Key == "" {
		return fmt.Sprintf("%s: %v", p.Origin, p.Reason)
	}
	return fmt.Sprintf("%s: %s: %v", p.Origin, p.Key, p.Reason)
}

// Unwrap returns the reason.
func (p Problem) Unwrap() error { return p.Reason }

// Invalid is the error of Load: everything that is wrong, so that it can be put
// right in one go.
type Invalid struct {
	Problems []Problem
}

// Error is one line for each problem.
func (e *Invalid) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes errors.Is and errors.As look into the problems.
func (e *Invalid) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}
