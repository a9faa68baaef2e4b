// Package progress is how long work tells a person how far it is. The program
// chooses the implementation: bars on a terminal, log lines elsewhere.
package progress

// Unit says what a task's numbers count.
type Unit string

// The units in use.
const (
	Bytes   Unit = "bytes"
	Records Unit = "records"
	Pages   Unit = "pages"
)

// Meter shows tasks. It is safe for concurrent use.
type Meter interface {
	// Begin starts to show a task. total may be 0 while it is unknown.
	Begin(name string, total int64, unit Unit) Task
}

// Task is one piece of work under way. Its methods are safe for concurrent use.
type Task interface {
	// Advance adds n to what is done; n may be negative when work is repeated.
	Advance(n int64)
	// SetTotal corrects the total.
	SetTotal(n int64)
	// End stops showing the task. err is nil when it succeeded.
	End(err error)
}

// Silent shows nothing.
var Silent Meter = silent{}

type silent struct{}

func (silent) Begin(string, int64, Unit) Task { return silent{} }
func (silent) Advance(int64)                  {}
func (silent) SetTotal(int64)                 {}
func (silent) End(error)                      {}
