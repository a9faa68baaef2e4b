package kinds

import (
	"vulnmirror/format/attack"
	"vulnmirror/format/capec"
	"vulnmirror/format/car"
	"vulnmirror/format/certcc"
	"vulnmirror/format/certfr"
	"vulnmirror/format/cwe"
	"vulnmirror/format/d3fend"
	"vulnmirror/format/engage"
	"vulnmirror/format/epss"
	"vulnmirror/format/kev"
	"vulnmirror/format/msrc"
	"vulnmirror/format/nvd"
	"vulnmirror/format/shield"
	"vulnmirror/vuln"
)

// all is the list. Of kinds that take the same text for an identifier the one
// meant more often stands first.
var all = []Kind{
	{
		Kind: vuln.KindCVE, One: "CVE record", Many: "CVE records", Example: "CVE-2021-44228",
		Parse: parseCVE, Read: by(nvd.DecodeCVE),
	},
	{
		Kind: vuln.KindCPE, One: "CPE name", Many: "CPE names",
		Example: "cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:* or its cpeNameId",
		Parse:   parseCPE, Read: by(nvd.DecodeCPE), typed: typedCPE,
	},
	{
		Kind: vuln.KindMatchCriteria, One: "match criterion", Many: "match criteria", Example: "its matchCriteriaId, a UUID",
		Parse: parseUUID, Read: by(nvd.DecodeMatchCriteria),
	},
	{
		Kind: vuln.KindNVDSource, One: "source", Many: "sources", Example: "nvd@nist.gov",
		Parse: parseSource, Read: by(nvd.DecodeSource), typed: typedSource,
	},
	{
		Kind: vuln.KindCVEChange, One: "change", Many: "changes", Example: "its cveChangeId, a UUID",
		Parse: parseUUID, Read: by(nvd.DecodeCVEChange),
	},
	{
		Kind: vuln.KindCWE, One: "CWE entry", Many: "CWE entries", Example: "CWE-79",
		Parse: cwe.ParseID, Read: by(cwe.Decode), typed: typedCWE,
	},
	{
		Kind: vuln.KindCAPEC, One: "CAPEC entry", Many: "CAPEC entries", Example: "CAPEC-66",
		Parse: capec.ParseID, Read: by(capec.Decode), typed: typedCAPEC,
	},
	{
		Kind: vuln.KindATTACK, One: "ATT&CK object", Many: "ATT&CK objects", Example: "T1055.001",
		Parse: attack.ParseID, Read: by(attack.Decode), typed: typedATTACK,
	},
	{
		Kind: vuln.KindD3FEND, One: "D3FEND entry", Many: "D3FEND entries", Example: "d3f:FileAnalysis or D3-FA",
		Parse: d3fend.ParseID, Read: by(d3fend.Decode), typed: typedD3FEND,
	},
	{
		Kind: vuln.KindCAR, One: "CAR entry", Many: "CAR entries", Example: "CAR-2013-01-002",
		Parse: car.ParseID, Read: by(car.Decode),
	},
	{
		Kind: vuln.KindSHIELD, One: "Shield entry", Many: "Shield entries", Example: "DTE0001",
		Parse: shield.ParseID, Read: by(shield.Decode),
	},
	{
		Kind: vuln.KindENGAGE, One: "Engage entry", Many: "Engage entries", Example: "EAC0001",
		Parse: engage.ParseID, Read: by(engage.Decode),
	},
	{
		Kind: vuln.KindCERTCC, One: "CERT/CC note", Many: "CERT/CC notes", Example: "VU#382314",
		Parse: certcc.ParseID, Read: by(certcc.Decode),
	},
	{
		Kind: vuln.KindCERTFR, One: "CERT-FR document", Many: "CERT-FR documents", Example: "CERTFR-2024-AVI-0001",
		Parse: certfr.ParseID, Read: by(certfr.Decode),
	},
	{
		Kind: vuln.KindMSRC, One: "Microsoft advisory", Many: "Microsoft advisories", Example: "CVE-2024-21353 or ADV180002",
		Parse: msrc.ParseID, Read: by(decodeMSRC),
	},
	{
		Kind: vuln.KindMSKB, One: "Microsoft update", Many: "Microsoft updates", Example: "KB5034768",
		Parse: msrc.ParseKB, Read: by(msrc.Decode),
	},
	{
		Kind: vuln.KindKEV, One: "entry of CISA's KEV catalogue", Many: "entries of CISA's KEV catalogue", Example: "CVE-2021-44228",
		Parse: kev.ParseID, Read: by(kev.Decode),
	},
	{
		Kind: vuln.KindEPSS, One: "EPSS score", Many: "EPSS scores", Example: "CVE-2021-44228",
		Parse: epss.ParseID, Read: by(epss.Decode),
	},
}
