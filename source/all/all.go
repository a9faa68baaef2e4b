// Package all is the one list of sources.
package all

import (
	"vulnmirror/source"
	"vulnmirror/source/cwe"
	"vulnmirror/source/nvdcpe"
	"vulnmirror/source/nvdcpematch"
	"vulnmirror/source/nvdcve"
	"vulnmirror/source/nvdcvehistory"
	"vulnmirror/source/nvdlegacy"
	"vulnmirror/source/nvdsource"
	"vulnmirror/source/nvdupstream"
)

// Config holds what operators may choose.
type Config struct {
	NVD    nvdupstream.Settings // for every source of NVD but nvd-cve
	NVDCVE nvdcve.Config
}

// New returns every source the program has.
func New(c Config) []source.Source {
	return []source.Source{
		nvdcve.New(c.NVDCVE),
		nvdcpe.New(c.NVD),
		nvdcpematch.New(c.NVD),
		nvdsource.New(c.NVD),
		nvdcvehistory.New(c.NVD),
		nvdlegacy.NewLegacy(),
		nvdlegacy.NewImport(),
		cwe.New(),
	}
}
