// Package all is the one list of sources.
package all

import (
	"time"

	"vulnmirror/source"
	"vulnmirror/source/attack"
	"vulnmirror/source/capec"
	"vulnmirror/source/car"
	"vulnmirror/source/certcc"
	"vulnmirror/source/certfr"
	"vulnmirror/source/cwe"
	"vulnmirror/source/d3fend"
	"vulnmirror/source/edition"
	"vulnmirror/source/engage"
	"vulnmirror/source/epss"
	"vulnmirror/source/kev"
	"vulnmirror/source/msrc"
	"vulnmirror/source/msrccsv"
	"vulnmirror/source/nvdcpe"
	"vulnmirror/source/nvdcpematch"
	"vulnmirror/source/nvdcve"
	"vulnmirror/source/nvdcvehistory"
	"vulnmirror/source/nvdlegacy"
	"vulnmirror/source/nvdsource"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/source/shield"
)

// Config holds what operators may choose.
type Config struct {
	NVD    nvdupstream.Settings // for every source of NVD but nvd-cve
	NVDCVE nvdcve.Config

	CERTCCText  bool   // keep the prose of CERT/CC's notes
	CERTFRYears []int  // of CERT-FR's yearly archives; none means no archive
	MSRCYears   []int  // of Microsoft's documents; none means all
	MSRCFiles   string // folder of Microsoft's exports that people put there

	// NoFloors takes in loads that are smaller than any real one.
	NoFloors bool
	Now      func() time.Time // nil means the system clock
}

// New returns every source the program has.
func New(c Config) []source.Source {
	floor := 0 // the source's own
	if c.NoFloors {
		floor = 1
	}
	return append([]source.Source{
		nvdcve.New(c.NVDCVE),
		nvdcpe.New(c.NVD),
		nvdcpematch.New(c.NVD),
		nvdsource.New(c.NVD),
		nvdcvehistory.New(c.NVD),
		nvdlegacy.NewLegacy(),
		nvdlegacy.NewImport(),
	}, append(editions(c.NoFloors),
		certcc.New(certcc.Settings{Text: c.CERTCCText, Floor: floor, Now: c.Now}),
		certfr.New(certfr.Settings{Years: c.CERTFRYears, Floor: floor, Now: c.Now}),
		msrc.New(msrc.Settings{Years: c.MSRCYears, Floor: floor, Now: c.Now}),
		msrccsv.New(c.MSRCFiles),
	)...)
}

// editions returns those that publish all they have at once.
func editions(noFloors bool) []source.Source {
	var out []source.Source
	for _, e := range []*edition.Source{
		cwe.New(), capec.New(), attack.New(), d3fend.New(), car.New(), shield.New(), engage.New(),
		kev.New(), epss.New(),
	} {
		if noFloors {
			e.Floor = 0
		}
		out = append(out, e)
	}
	return out
}
