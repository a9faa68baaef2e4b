// Package nvdlegacy is the source of what NVD published before, and of what
// people have of NVD's on their disks.
//
// # Two sources
//
// import takes files, folders and addresses that `vulnmirror import` names. It
// has no upstream: synchronising it fetches nothing.
//
// nvd-legacy takes the files that nvd.nist.gov had until 20 August 2025 and
// answers for with 403 since: the CVE feeds 1.1 of 2002 to 2025, recent and
// modified with their .meta, the CPE dictionary in XML 2.3 and the match feed
// 1.0. It is for sites that still have them, and is reached there by the upstream
// override. What such a site does not have is passed over.
//
// # What is recognised
//
// By content, whatever the name: CVE feeds 1.0 and 1.1, the match feed 1.0, CPE
// dictionaries in XML 2.2 and 2.3, and documents 2.0 of all five kinds, be they
// feeds, answers of the API saved to disk or the caches of vulnz; plain, as .gz,
// or alone in a .zip.
//
// # How it stays true
//
// A file is read to its end before anything of it is kept. One that is not what
// it should be is refused whole, goes to the quarantine with the reason, and the
// others go on: a web page saved under the name of a feed, a file cut short, one
// that holds more or fewer records than it says, one whose text was damaged (a
// byte that is not UTF-8, or U+FFFD in three records and in more than a tenth of
// all characters beyond ASCII), one whose .meta names another SHA-256, a .zip
// with several files, and what unpacks to more than 300 times its size.
//
// Records of the old formats are converted and marked as such. Of two, the one
// modified later wins; but a converted one never replaces one of NVD's own.
package nvdlegacy

import (
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// The names of the sources on the command line.
const (
	ImportName = "import"
	LegacyName = "nvd-legacy"
)

const (
	home        = "https://nvd.nist.gov/vuln/data-feeds"
	licence     = "public domain"
	attribution = "This product uses data from the NVD API but is not endorsed or certified by the NVD."
)

func info(name, title string) source.Info {
	return source.Info{
		Name: name, Title: title, Kind: vuln.KindCVE, Copies: true,
		Home: home, Licence: licence, Attribution: attribution,
	}
}
