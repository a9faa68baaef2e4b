// Package all is the one list of sources.
package all

import (
	"vulnmirror/source"
	"vulnmirror/source/nvdcve"
)

// Config holds what operators may choose, source by source.
type Config struct {
	NVDCVE nvdcve.Config
}

// New returns every source the program has.
func New(c Config) []source.Source {
	return []source.Source{
		nvdcve.New(c.NVDCVE),
	}
}
