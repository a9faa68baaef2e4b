package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vulnmirror/mirror"
	"vulnmirror/source"
	"vulnmirror/source/nvdcpe"
	"vulnmirror/source/nvdcpematch"
	"vulnmirror/source/nvdcve"
	"vulnmirror/source/nvdlegacy"
	"vulnmirror/source/nvdsource"
)

// groups stand on command lines for several sources. NVD's change history is in
// none but all: it is as large as all others together, and few need it.
var groups = map[string][]string{
	"nvd":        {nvdcve.Name, nvdcpe.Name, nvdcpematch.Name, nvdsource.Name},
	"mitre":      {"cwe", "capec", "attack", "d3fend", "car", "shield", "engage"},
	"advisories": {"certcc", "certfr", "msrc", "msrc-csv"},
	"enrichment": {"kev", "epss"},
}

// groupAll is every source that asks an upstream of today.
const groupAll = "all"

// sourceNames checks the sources and groups named on the command line, each once;
// none means those the configuration enables.
func (a *app) sourceNames(args []string) ([]string, error) {
	if len(args) == 0 {
		args = a.config.Sources
	}
	sources := a.sources()
	var names []string
	for _, arg := range args {
		group, ok := groups[arg]
		switch {
		case arg == groupAll:
			group = everyCurrent(sources)
		case !ok:
			group = []string{arg}
		}
		for _, name := range group {
			if _, err := mirror.Find(sources, name); err != nil {
				return nil, wrongUse(err, "groups of sources are "+strings.Join(slices.Sorted(maps.Keys(groups)), ", ")+" and "+groupAll)
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// everyCurrent names the sources but those of files that NVD has retired.
func everyCurrent(sources []source.Source) []string {
	var out []string
	for _, s := range sources {
		if name := s.Info().Name; name != nvdlegacy.LegacyName && name != nvdlegacy.ImportName {
			out = append(out, name)
		}
	}
	return out
}

// maxAge is how long what a source's upstream last said is good enough.
func (a *app) maxAge(name string) time.Duration {
	if own := a.config.Of(name).MaxAge; own > 0 {
		return own
	}
	return a.config.Source.MaxAge
}

// locations are the operator's addresses, by source and name. Names that no
// source has are refused: what was meant would otherwise be asked elsewhere.
func (a *app) locations() (map[string]map[string]string, error) {
	out := make(map[string]map[string]string)
	sources := a.sources()
	for name, own := range a.config.Own {
		src, err := mirror.Find(sources, name)
		if err != nil {
			return nil, wrongUse(fmt.Errorf("sources.%s: %w", name, err), "")
		}
		known := src.Info().Locations
		for location, url := range own.Locations {
			var names []string
			for _, l := range known {
				names = append(names, l.Name)
			}
			if !slices.Contains(names, location) {
				return nil, wrongUse(fmt.Errorf("sources.%s.locations.%s: the addresses of %s are called %s", name, location, name, strings.Join(names, ", ")), "")
			}
			if out[name] == nil {
				out[name] = make(map[string]string)
			}
			out[name][location] = *url
		}
	}
	return out, nil
}
