package certcc

// NewSlow is New for a source that asks about so many notes in a run.
func NewSlow(s Settings, perRun int) *Source {
	src := New(s)
	src.perRun = perRun
	return src
}
