package sim

import (
	"net/http"
	"strings"
)

// The two hosts that are simulated.
const (
	hostAPI   = "services.nvd.nist.gov"
	hostFeeds = "nvd.nist.gov"
)

// ServeHTTP answers /HOST/PATH for both hosts, as --upstream asks, and also
// plain /PATH.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := u.options.Clock()
	host, path := target(r)
	a := ask{class: classify(host, path), url: path + "?" + r.URL.RawQuery, path: path}
	allowed := u.meter.arrive(host, a.class, arrived, u.limit(host, r))
	w.Header().Set("Date", u.Now().Format(http.TimeFormat))
	if !allowed {
		tooMany(w, hashText(u.options.Seed, a.url))
		return
	}
	if a.class == classAPI {
		kind, _ := collection(path)
		if kind != CVEs {
			u.wanted()
		}
		a.page, a.refusal = u.parse(kind, r)
	}
	fault := u.plan(a, r)
	if fault != "" {
		u.meter.failed(fault)
	}
	if answerFault(w, fault) {
		return
	}
	u.answer(wrap(w, r, fault, u.options.StallFor), r, a, fault)
}

// answer gives the right answer, or one wrong in content.
func (u *Upstream) answer(w http.ResponseWriter, r *http.Request, a ask, fault Fault) {
	if a.class == classOther {
		u.other(w, a.path)
		return
	}
	if r.Method == http.MethodOptions && a.class == classAPI {
		crossOrigin(w)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if a.class == classAPI {
		u.serveAPI(w, r, a, fault)
		return
	}
	u.serveFeed(w, r, a, fault)
}

// other answers what is not simulated: feeds of the 1.1 generation are refused
// since August 2025, everything else is not there.
func (u *Upstream) other(w http.ResponseWriter, path string) {
	if strings.HasPrefix(path, "/feeds/json/cve/1.") {
		html(w, http.StatusForbidden, "This feed has been retired.")
		return
	}
	html(w, http.StatusNotFound, "Not found.")
}

// target finds the host and the path asked for. Repeated slashes count as one.
func target(r *http.Request) (host, path string) {
	path = r.URL.Path
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	for _, host := range []string{hostAPI, hostFeeds} {
		if rest, ok := strings.CutPrefix(path, "/"+host+"/"); ok {
			return host, "/" + rest
		}
	}
	if strings.HasPrefix(path, "/rest/") {
		return hostAPI, path
	}
	return hostFeeds, path
}

// Classes of requests, as they are counted.
const (
	classAPI   = "api"
	classMeta  = "meta"
	classFeed  = "feed" // .json.gz, .json.zip and .tar.gz
	classOther = "other"
)

func classify(host, path string) string {
	if host == hostAPI {
		if _, ok := collection(path); ok {
			return classAPI
		}
		return classOther
	}
	if archive, ext := archiveAt(path); archive != nil {
		return map[string]string{"meta": classMeta, "tar.gz": classFeed}[ext]
	}
	switch {
	case !strings.HasPrefix(path, feedFolder):
		return classOther
	case strings.HasSuffix(path, ".meta"):
		return classMeta
	case strings.HasSuffix(path, ".json.gz"), strings.HasSuffix(path, ".json.zip"):
		return classFeed
	}
	return classOther
}

// collection tells which collection an API path is about.
func collection(path string) (Kind, bool) {
	name, ok := strings.CutPrefix(strings.TrimSuffix(path, "/"), "/rest/json/")
	name, version, _ := strings.Cut(name, "/")
	for _, kind := range Kinds() {
		if ok && version == "2.0" && name == kind.String() {
			return kind, true
		}
	}
	return 0, false
}

// limit tells how many requests the host allows this client; 0 = any number.
func (u *Upstream) limit(host string, r *http.Request) int {
	if host != hostAPI {
		return 0
	}
	if u.options.Key != "" && r.Header.Get("apiKey") == u.options.Key {
		return 10 * u.options.Rate.Requests
	}
	return u.options.Rate.Requests
}

// tooMany refuses a request beyond the limit in one of the two ways seen.
func tooMany(w http.ResponseWriter, choice uint64) {
	if choice&1 == 0 {
		answerStatus(w, TooManyRequests)
		return
	}
	answerStatus(w, Forbidden)
}
