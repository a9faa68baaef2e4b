package architecture

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// station is a folder on the data's way, and the folders of ours that its code
// may import. "x/*" stands for every folder directly below x.
type station struct {
	folder string
	may    []string
	why    string
}

// flow is the data's way: upstream, fetch, archive, ingest, store, answers. The
// most exact entry for a folder counts. Tests put stations together as they
// need.
var flow = []station{
	{"vuln", nil, "the vocabulary is what everything else is written in"},
	{"cpe", nil, "CPE names are read and compared by the letter of their specification, for anybody"},
	{"version", nil, "versions are put in order from their texts alone, for anybody"},
	{"progress", nil, "how far work is can be told without knowing the work"},
	{"config", nil, "what can be set is known before anything that is set"},
	{
		"format/*",
		[]string{"format/jsonlist", "format/mitrexml", "format/stix", "format/xmljson", "vuln"},
		"formats turn bytes into records wherever the bytes come from; of other formats they know the ways of splitting that several share",
	},
	{
		"format/nvdlegacy",
		[]string{"cpe", "format/nvd", "vuln"},
		"old formats are converted to the shape format/nvd reads, so that facts come from one place",
	},
	{
		"format/msrccsv",
		[]string{"format/msrc", "vuln"},
		"exports speak of the same updates as Microsoft's documents, so numbers and what replaces what are read in one place",
	},
	{
		"format/kinds",
		[]string{"cpe", "format/*", "vuln"},
		"the list of kinds says for each which format reads it and how its identifiers are spelled",
	},
	{
		"fetch",
		[]string{"progress"},
		"fetch gets bytes, and knows neither what they mean nor where they are kept",
	},
	{
		"archive",
		[]string{"progress"},
		"the archive keeps bytes, and knows neither who sent them nor which store they go to",
	},
	{
		"source",
		[]string{"archive", "fetch", "vuln"},
		"a source fetches into the archive and decodes from it; what happens to records is not its business",
	},
	{
		"source/*",
		[]string{"source", "source/documents", "source/edition", "source/nvdupstream", "archive", "fetch", "format/*", "progress", "vuln"},
		"a source fetches into the archive and decodes from it; what happens to records is not its business, nor are other sources",
	},
	{
		"source/all",
		[]string{"source", "source/*"},
		"this is the list of sources and nothing else",
	},
	{
		"store",
		[]string{"cpe", "vuln"},
		"a store holds records, and knows neither sources nor the archive they came from",
	},
	{"store/words", nil, "every store cuts words by the same rule, which needs no store"},
	{"store/platform", []string{"cpe"}, "every store finds CPE names by the same rule, which needs no store"},
	{"store/bodycodec", []string{"vuln"}, "every store packs bodies the same way, which needs no store"},
	{"store/lease", []string{"store"}, "leases are held the same way in every store, whatever for"},
	{"store/succession", []string{"vuln"}, "every store decides between versions by the same rules, which need no store"},
	{
		"store/draft",
		[]string{"store", "store/words", "store/platform", "store/bodycodec", "vuln"},
		"what servers keep of a record is worked out the same way for each, which needs no server",
	},
	{
		"store/location",
		[]string{"store", "store/*"},
		"this is the one place that knows which stores there are",
	},
	{
		"store/*",
		[]string{"cpe", "store", "store/words", "store/platform", "store/bodycodec", "store/succession", "store/draft", "vuln"},
		"a store holds records, and knows neither sources, nor the archive, nor other stores",
	},
	{
		"match",
		[]string{"cpe", "format/*", "store", "version", "vuln"},
		"matching asks a store that reads, and knows neither the database behind it nor who wants to know",
	},
	{
		"chain",
		[]string{"cpe", "format/*", "store", "version", "vuln"},
		"following links asks a store that reads, and knows neither the database behind it nor who wants to know",
	},
	{
		"nvd",
		[]string{"fetch", "format/*", "progress", "vuln"},
		"the library for other programs asks NVD, or a server like it, and keeps nothing",
	},
	{
		"ingest",
		[]string{"archive", "source", "store", "progress", "vuln"},
		"ingest carries records from the archive into any store; the network is behind it",
	},
	{
		"transfer",
		[]string{"format/*", "progress", "store", "vuln"},
		"what goes from one store to another is the same whichever they are; archive and network are behind both",
	},
	{
		"mirror",
		[]string{"archive", "fetch", "ingest", "progress", "source", "store", "store/lease", "vuln"},
		"mirror knows the life of any source in any store, not one of them by name",
	},
	{
		"serve",
		[]string{"chain", "cpe", "match", "store", "format/*", "serve/*", "version", "vuln"},
		"answers see a store that reads, and neither the database behind it nor sources and their network",
	},
	{
		"serve/rawfiles",
		[]string{"archive"},
		"what upstream sent is passed on as the archive has it; no store is asked",
	},
	{
		"serve/*",
		[]string{"chain", "cpe", "match", "store", "format/*", "version", "vuln"},
		"answers see a store that reads, and neither the database behind it nor sources and their network",
	},
	{
		"testkit/sim/publishers",
		[]string{"vuln"},
		"what stands in for upstream must not share code with what it puts to the test",
	},
	{
		"testkit/*",
		[]string{"cpe", "format/*", "version", "vuln"},
		"what stands in for upstream must not share code with what it puts to the test",
	},
	{
		"cmd/vulnmirror",
		[]string{
			"archive", "chain", "config", "cpe", "fetch", "format/*", "ingest", "match", "mirror", "nvd", "progress", "serve", "serve/*",
			"source", "source/*", "store", "store/*", "testkit/*", "testkit/sim/publishers", "transfer", "version", "vuln",
		},
		"the program ties everything together",
	},
	{"architecture", nil, "it looks at code and uses none"},
}

// invented are the files of the program that may use testkit, as they are about
// an upstream that is made up.
var invented = []string{"demo.go", "simulate.go", "simulated.go", "bench.go"}

func TestDataFlowsOneWay(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, offence := range offences(f) {
			t.Error(offence)
		}
	}
}

// offences lists what a file imports against the flow.
func offences(f file) []string {
	if f.isTest() {
		return nil
	}
	at, known := stationOf(f.folder())
	if !known {
		return []string{fmt.Sprintf("%s: the folder %s has no place on the data's way; give it one in architecture/flow_test.go", f.name, f.folder())}
	}
	var out []string
	f.imports(func(spec *ast.ImportSpec, _, folder string) {
		switch {
		case folder == "":
		case !at.mayImport(folder):
			out = append(out, fmt.Sprintf("%s: data does not flow that way: %s must not import %s; %s", f.place(spec), f.folder(), folder, at.why))
		case strings.HasPrefix(folder, "testkit/") && !slices.Contains(invented, path.Base(f.name)):
			out = append(out, fmt.Sprintf("%s: only tests and %s may import %s; everything else is about the real world", f.place(spec), strings.Join(invented, ", "), folder))
		}
	})
	return out
}

func stationOf(folder string) (station, bool) {
	for _, wanted := range []string{folder, path.Dir(folder) + "/*"} {
		if i := slices.IndexFunc(flow, func(s station) bool { return s.folder == wanted }); i >= 0 {
			return flow[i], true
		}
	}
	return station{}, false
}

func (s station) mayImport(folder string) bool {
	return slices.Contains(s.may, folder) || slices.Contains(s.may, path.Dir(folder)+"/*")
}

// TestOffencesAreFound keeps the rule from passing because it looks at nothing.
func TestOffencesAreFound(t *testing.T) {
	for _, tc := range []struct{ name, imports, want string }{
		{"serve/live.go", "fetch", "data does not flow that way: serve must not import fetch"},
		{"serve/nvdapi/answer.go", "store/sqlite", "serve/nvdapi must not import store/sqlite"},
		{"store/sqlite/open.go", "archive", "store/sqlite must not import archive"},
		{"store/sqlite/open.go", "store/postgres", "store/sqlite must not import store/postgres"},
		{"source/nvdcve/feeds.go", "source/kev", "source/nvdcve must not import source/kev"},
		{"mirror/sync.go", "source/nvdcve", "mirror must not import source/nvdcve"},
		{"vuln/cve.go", "format/nvd", "vuln must not import format/nvd"},
		{"cmd/vulnmirror/sync.go", "testkit/sim", "only tests and demo.go"},
		{"elsewhere/x.go", "vuln", "the folder elsewhere has no place"},
		{"cmd/vulnmirror/demo.go", "testkit/sim", ""},
		{"serve/serve_test.go", "testkit/sim", ""},
		{"source/nvdcve/feeds.go", "format/nvd", ""},
		{"source/nvdcpe/nvdcpe.go", "source/nvdupstream", ""},
		{"source/nvdcpe/nvdcpe.go", "source/nvdcve", "nor are other sources"},
	} {
		f, err := parse(tc.name, []byte("package p\nimport _ \""+module+"/"+tc.imports+"\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(offences(f), "\n")
		if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s importing %s: %q, want %q", tc.name, tc.imports, got, tc.want)
		}
	}
}
