package serve

import (
	"net/http"
	"strings"
)

// alive answers /healthz: the process runs and can answer.
func alive(w http.ResponseWriter, _ *http.Request) {
	plain(w, "ok\n")
}

// notice is what NVD asks products that use its data to show
// (https://nvd.nist.gov/developers/terms-of-use).
const notice = "This product uses data from the NVD API but is not endorsed or certified by the NVD."

var welcome = strings.TrimLeft(`
vulnmirror

/rest/json/cves/2.0       CVE records, as the NVD CVE API 2.0 gives them
/rest/json/cvehistory/2.0 changes of CVE records
/rest/json/cpes/2.0       CPE names
/rest/json/cpematch/2.0   match criteria and the CPE names they describe
/rest/json/source/2.0     who supplies CVE records
/rest/public/dashboard/statistics?reporttype=countsbystatus
                          how many CVE records have which status
/feeds/json/cve/2.0/      the NVD 2.0 feeds: nvdcve-2.0-{year,modified,recent}.{meta,json.gz,json.zip}
/feeds/json/cpe/2.0/      CPE names: nvdcpe-2.0.{meta,tar.gz}
/feeds/json/cpematch/2.0/ match criteria: nvdcpematch-2.0.{meta,tar.gz}
/feeds/dependency-check/  the CVE feeds, with the cache.properties that DependencyCheck reads
/feeds/vulnz/             a cache as vulnz writes it
/api/v1/records/KIND/ID   a record of any kind, with its links in both directions
/api/v1/search?kind=KIND&q=WORDS
                          records by words and facts
/api/v1/chain/ID          what a record is connected to, and why
/api/v1/sources           the sources, their terms and how fresh they are
/api/v1/openapi.json      all of /api/v1/ in OpenAPI 3.1
/archive/                 what upstream sent, file by file, with hashes
/healthz                  200 while the server runs
/readyz                   200 while every source is fresh, else 503 and why
/metrics                  figures for Prometheus

Paths may be preceded by /services.nvd.nist.gov or /nvd.nist.gov. What was fetched from
another host is at /HOST/PATH, so that a vulnmirror can be the --upstream of another.

`, "\n") + notice + "\n"

func index(w http.ResponseWriter, _ *http.Request) {
	plain(w, welcome)
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) // nobody is left to tell when this fails
}
