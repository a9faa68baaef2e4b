// Package attack is the source of MITRE ATT&CK: tactics and techniques of
// adversaries, and who uses them, detects them and what mitigates them, in the
// domains Enterprise, Mobile and ICS.
//
// # Upstream
//
// The repository mitre-attack/attack-stix-data on GitHub publishes each domain as a
// STIX 2.1 bundle, Enterprise with 45 MB, about twice a year. Its index.json names
// every version with the address of its bundle. The repository mitre/cti has the
// same as STIX 2.0. The TAXII server allows ten requests in ten minutes and is not
// asked.
//
// # Quirks this package lives with
//
// Addresses of versions are not all made alike, so those of the index are
// followed; where the index cannot be had, or its bundle cannot, the newest bundle
// is asked for under the domain's name, and then in mitre/cti. Domains are released
// apart from each other, and STIX 2.0 does not say which version it is. Groups,
// software and mitigations are in several domains, so all bundles are read
// together. Deprecated mitigations have identifiers of techniques. The tactics of a
// domain change: version 19 split Defense Evasion.
//
// # How it stays true
//
// The index is asked for, and a domain when the index has another version than is
// held, or when it has not been looked at for sources.attack.max_age. A domain that
// cannot be had is reported by name and stays as it is held, while the others are
// brought up to date. What is had is believed when it reads to its end, is not
// older than what is held, and has nine tenths of its records at least. Records that
// a later bundle lacks are marked as withdrawn; revoked and deprecated ones stay,
// with that status.
//
// The release is the version of ATT&CK where all domains agree, else theirs:
// "enterprise 18.1, mobile 17.1, ics 18.1".
package attack

import (
	"context"
	"io"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/attack"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "attack"

const stixData = "https://raw.githubusercontent.com/mitre-attack/attack-stix-data/master/"

var (
	index  = fetch.Location{Name: "index", URL: stixData + "index.json"}
	bundle = fetch.Location{Name: "bundle", URL: stixData + "{domain}/{domain}.json"}
	cti    = fetch.Location{Name: "cti", URL: "https://raw.githubusercontent.com/mitre/cti/master/{domain}/{domain}.json"}
)

// domain is one of the bundles ATT&CK consists of.
type domain struct {
	name       string // in releases
	folder     string // in addresses
	collection string // in the index
}

var domains = []domain{
	{"enterprise", "enterprise-attack", format.Enterprise},
	{"mobile", "mobile-attack", format.Mobile},
	{"ics", "ics-attack", format.ICS},
}

func (d domain) file() string { return d.folder + ".json" }

// Enterprise alone has more than 4,000 objects with an identifier in version 18.1.
const floor = 2000

// New returns the source.
func New() *edition.Source {
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "MITRE ATT&CK: Enterprise, Mobile and ICS", Kind: vuln.KindATTACK,
			Home:        "https://attack.mitre.org/",
			Licence:     "MITRE ATT&CK terms of use: royalty-free, also commercially; copies carry the copyright notice",
			Attribution: "© The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation, https://attack.mitre.org/resources/legal-and-branding/terms-of-use/",
			Locations:   []fetch.Location{index, bundle, cti},
			Interval:    24 * time.Hour, Floor: floor,
		},
		Ways:  []edition.Way{{Name: "STIX bundles", Requests: 1 + len(domains), Gather: gather, Open: open}},
		Check: changed,
		Read:  format.Decode,
	})
}

// changed compares the newest versions of the index with the release held.
func changed(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
	var newest map[string]format.Version
	_, _, err := up.Read(ctx, fetch.Request{URL: up.At(index), Check: func(r io.Reader) (err error) {
		newest, err = readIndex(r)
		return err
	}}, 4<<20)
	if err != nil {
		return true, err
	}
	versions := make(map[string]string)
	for _, d := range domains {
		versions[d.name] = newest[d.collection].Version
	}
	return release(versions) != last.Release, nil
}
