package config

import "strings"

// Key is one thing that can be set.
type Key struct {
	Name    string // as typed, e.g. "nvd.years"
	Doc     string // what it does, whole sentences
	Default string // as one would type it; "" where Doc says what that means
	Example string
	Unit    string   // of a number, e.g. "requests"
	Choices []string // the only values, when there are few

	field func(*Config) any // pointer to the value
	check func(any) error   // beyond what the type says; nil when nothing
}

// section is a heading of the reference; keys without a dot are in section "".
type section struct{ name, title, doc string }

func sections() []section {
	return []section{
		{"", "General", ""},
		{"source", "Every source", ""},
		{"sources", "One source", "A star stands for the name of a source and of one of its addresses. Environment variables have no such keys. Where they are given in the file, the list of sources is called enabled: `sources: {enabled: [nvd-cve, cwe], cwe: {max_age: 7d}}`."},
		{"sync", "Runs", ""},
		{"lock", "Locks", ""},
		{"store", "Database", ""},
		{"postgres", "PostgreSQL", "DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD stand for what the URL leaves out, then the PG… variables of PostgreSQL's own programs."},
		{"mongodb", "MongoDB", ""},
		{"nvd", "NVD", "How the sources nvd-* are fetched. nvd.plan and nvd.years concern nvd-cve alone."},
		{"certcc", "CERT/CC", ""},
		{"certfr", "CERT-FR", ""},
		{"msrc", "Microsoft", ""},
		{"http", "Requests to upstream", "Proxies are taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY."},
		{"serve", "Server", ""},
		{"log", "Log file", "DATA/logs/vulnmirror.log, JSON lines. What the terminal shows is chosen by --quiet and --verbose."},
	}
}

// Keys returns every key, in the order of the reference.
func Keys() []Key {
	return []Key{
		{
			Name: "data", Default: "./data", Example: "/var/lib/vulnmirror",
			Doc:   "Folder of the archive, the database and the logs. A relative path starts at the working folder.",
			field: func(c *Config) any { return &c.Data }, check: notEmpty,
		},
		{
			Name: "upstream", Example: "http://127.0.0.1:8081",
			Doc:   "Base URL that stands in for the Internet: https://HOST/PATH is asked for at UPSTREAM/HOST/PATH. A caching proxy, a simulator or another vulnmirror. Empty: upstream itself.",
			field: func(c *Config) any { return &c.Upstream }, check: baseURL,
		},
		{
			Name: "store", Example: "postgres://mirror@db.example.org/nvd",
			Doc:   "Database: sqlite:PATH, postgres://USER@HOST/DATABASE or mongodb://HOST/DATABASE. Empty: sqlite:DATA/vulnmirror.db. A password in it is never shown; better keep it out of --store, where other users of the machine can see it. Where keys of the section store are given too, it is called url there.",
			field: func(c *Config) any { return &c.Store.URL }, check: storeURL,
		},
		{
			Name: "sources", Default: "nvd-cve,nvd-cpe,nvd-cpematch,nvd-source", Example: "nvd-cve",
			Doc:   "Sources that a plain `sync` works on; docs/sources.md describes every one there is.",
			field: func(c *Config) any { return &c.Sources }, check: sourceNames,
		},
		{
			Name: "source.max_age", Default: "24h", Example: "2d",
			Doc:   "How long what upstream last said is good enough while upstream's own cheap sign (a version, an index) shows no change; and the age of the last good run beyond which `status` calls a source stale. Sources whose every request is such a check are asked each time.",
			field: func(c *Config) any { return &c.Source.MaxAge }, check: positive,
		},
		{
			Name: "source.renew_after", Default: "28d", Example: "90d",
			Doc:   "Age at which everything of a source is fetched anew, and the database made anew beside the one in service, so that nothing that went wrong once stays. 0s: never.",
			field: func(c *Config) any { return &c.Source.RenewAfter },
		},
		{
			Name: "source.floors", Default: "true", Example: "false",
			Doc:   "Refuse loads with fewer records, and chains with fewer connections, than upstream ever had. false: for what stands in for upstream with fewer, such as `simulate`.",
			field: func(c *Config) any { return &c.Source.Floors },
		},
		{
			Name: "sync.parallel", Default: "4", Example: "2", Unit: "sources",
			Doc:   "Sources worked on at once.",
			field: func(c *Config) any { return &c.Sync.Parallel }, check: positive,
		},
		{
			Name: "lock.wait", Default: "10m", Example: "0s",
			Doc:   "How long to wait for a source that another process works on before giving up with exit status 3. 0s: not at all.",
			field: func(c *Config) any { return &c.Lock.Wait },
		},
		{
			Name: "store.compress", Default: "zstd", Example: "none", Choices: []string{"zstd", "none"},
			Doc:   "How record bodies are kept in a SQLite database. With none they are plain JSON for any SQLite tool, in a file about three times the size.",
			field: func(c *Config) any { return &c.Store.Compress },
		},
		{
			Name: "store.timeout", Default: "30s", Example: "5s",
			Doc:   "Longest time to connect to a database server and to wait for one of its answers. Loading and rebuilding may take longer.",
			field: func(c *Config) any { return &c.Store.Timeout }, check: positive,
		},
		{
			Name: "postgres.jsonb", Default: "true", Example: "false",
			Doc:   "Keep a copy of every record but match criteria and changes as jsonb, in cve_records, cpe_records and records, for queries of your own. Without it loading takes a fraction of the time.",
			field: func(c *Config) any { return &c.Postgres.JSONB },
		},
		{
			Name: "mongodb.json", Default: "true", Example: "false",
			Doc:   "Keep a copy of every record as a readable sub-document, for queries of your own.",
			field: func(c *Config) any { return &c.MongoDB.JSON },
		},
		{
			Name: "nvd.method", Default: "auto", Example: "feeds", Choices: []string{"auto", "feeds", "api"},
			Doc:   "Where records come from. auto: feeds for the first load, then whichever way costs the fewest requests, and the next one if that fails. A source without feeds always takes the API.",
			field: func(c *Config) any { return &c.NVD.Method },
		},
		{
			Name: "nvd.plan", Default: "pages", Example: "quarters", Choices: []string{"pages", "quarters"},
			Doc:   "How the API is asked for everything. pages: by offset from the first record to the last. quarters: by publication date, a quarter at a time.",
			field: func(c *Config) any { return &c.NVD.Plan },
		},
		{
			Name: "nvd.years", Example: "2002-2006,2026",
			Doc:   "Year feeds to hold: years, ranges, and ranges open to the present (2020-). Empty: 2002 to the present. The feed of 2002 also holds the older records.",
			field: func(c *Config) any { return &c.NVD.Years }, check: feedYears,
		},
		{
			Name: "nvd.rate", Example: "5/30s",
			Doc:   "Most API requests in any window of the given length. Empty: 5/30s, or 50/30s with a key, which is what NVD allows.",
			field: func(c *Config) any { return &c.NVD.Rate }, check: rate,
		},
		{
			Name: "nvd.overlap", Default: "2h", Example: "6h",
			Doc:   "How far before the newest record held a delta begins, because NVD publishes changes out of order.",
			field: func(c *Config) any { return &c.NVD.Overlap },
		},
		{
			Name: "nvd.api_key", Example: "00000000-0000-0000-0000-000000000000",
			Doc:   "NVD API key; the environment variable NVD_API_KEY is honoured too. It is sent to NVD alone and never logged. Keep it out of --set, where other users of the machine can see it.",
			field: func(c *Config) any { return &c.NVD.APIKey }, check: headerText,
		},
		{
			Name: "certcc.text", Default: "false", Example: "true",
			Doc:   "Keep the prose of CERT/CC's notes in the database. Its terms do not allow everybody to reproduce it; without, a record has ids, dates, links and references. The archive has all bytes either way.",
			field: func(c *Config) any { return &c.CERTCC.Text },
		},
		{
			Name: "certfr.years", Example: "2000-2023",
			Doc:   "Years for which CERT-FR's yearly archives are taken first, which spares a request for each notice; they say less than the notices, which replace them as they change. Empty: none.",
			field: func(c *Config) any { return &c.CERTFR.Years },
		},
		{
			Name: "msrc.years", Example: "2020-",
			Doc:   "Years of Microsoft's monthly documents to hold. Empty: all, since 2016.",
			field: func(c *Config) any { return &c.MSRC.Years },
		},
		{
			Name: "http.user_agent", Example: "vulnmirror (security@example.com)",
			Doc:   "User-Agent header. Empty: the program's name, version and home page.",
			field: func(c *Config) any { return &c.HTTP.UserAgent }, check: headerText,
		},
		{
			Name: "http.rate", Example: "2/1s",
			Doc:   "Most requests in any window of the given length to a host that is not NVD's. Empty: what each host is known to bear, one to two a second where nothing is known.",
			field: func(c *Config) any { return &c.HTTP.Rate }, check: rate,
		},
		{
			Name: "http.backoff", Default: "6s", Example: "1s",
			Doc:   "Delay before the second attempt of a request. It doubles with each further one and is jittered; Retry-After is honoured.",
			field: func(c *Config) any { return &c.HTTP.Backoff }, check: positive,
		},
		{
			Name: "http.max_backoff", Default: "5m", Example: "1m",
			Doc:   "Longest delay between two attempts.",
			field: func(c *Config) any { return &c.HTTP.MaxBackoff }, check: positive,
		},
		{
			Name: "http.attempts", Default: "8", Example: "3", Unit: "attempts",
			Doc:   "Most attempts at one request.",
			field: func(c *Config) any { return &c.HTTP.Attempts }, check: positive,
		},
		{
			Name: "http.max_elapsed", Default: "1h", Example: "20m",
			Doc:   "Longest time spent on one request, all attempts and delays together.",
			field: func(c *Config) any { return &c.HTTP.MaxElapsed }, check: positive,
		},
		{
			Name: "http.connect_timeout", Default: "20s", Example: "5s",
			Doc:   "Longest time to connect, TLS included.",
			field: func(c *Config) any { return &c.HTTP.ConnectTimeout }, check: positive,
		},
		{
			Name: "http.header_timeout", Default: "2m", Example: "30s",
			Doc:   "Longest time from the request to the first line of the answer.",
			field: func(c *Config) any { return &c.HTTP.HeaderTimeout }, check: positive,
		},
		{
			Name: "http.idle_timeout", Default: "1m", Example: "20s",
			Doc:   "Longest time without a byte of the body.",
			field: func(c *Config) any { return &c.HTTP.IdleTimeout }, check: positive,
		},
		{
			Name: "http.per_host", Default: "4", Example: "1", Unit: "requests",
			Doc:   "Requests under way at one host at once.",
			field: func(c *Config) any { return &c.HTTP.PerHost }, check: positive,
		},
		{
			Name: "http.ca_file", Example: "/etc/ssl/company.pem",
			Doc:   "PEM file of certificate authorities to trust besides the system's.",
			field: func(c *Config) any { return &c.HTTP.CAFile },
		},
		{
			Name: "serve.listen", Default: "127.0.0.1:8080", Example: ":8080",
			Doc:   "Address to serve on.",
			field: func(c *Config) any { return &c.Serve.Listen }, check: listenAddress,
		},
		{
			Name: "serve.max_age", Default: "2d", Example: "12h",
			Doc:   "Age of a source's last good run beyond which /readyz says not ready.",
			field: func(c *Config) any { return &c.Serve.MaxAge }, check: positive,
		},
		{
			Name: "serve.lenient", Default: "false", Example: "true",
			Doc:   "Answer as well as possible what NVD would refuse, instead of refusing it the same way.",
			field: func(c *Config) any { return &c.Serve.Lenient },
		},
		{
			Name: "serve.api_keys", Example: "first-key,second-key",
			Doc:   "Keys that clients must send in the apiKey header if they send one. Empty: any key is taken and none is needed.",
			field: func(c *Config) any { return &c.Serve.APIKeys }, check: headerText,
		},
		{
			Name: "serve.concurrency", Default: "32", Example: "16", Unit: "requests",
			Doc:   "Requests worked on at once; more have to wait.",
			field: func(c *Config) any { return &c.Serve.Concurrency }, check: positive,
		},
		{
			Name: "serve.queue_timeout", Default: "5s", Example: "1s",
			Doc:   "Longest time a request waits for its turn; then the answer is 503.",
			field: func(c *Config) any { return &c.Serve.QueueTimeout }, check: positive,
		},
		{
			Name: "serve.max_header_bytes", Default: "16384", Example: "65536", Unit: "bytes",
			Doc:   "Longest request line and headers.",
			field: func(c *Config) any { return &c.Serve.MaxHeaderBytes }, check: positive,
		},
		{
			Name: "serve.read_timeout", Default: "15s", Example: "5s",
			Doc:   "Longest time to receive a request.",
			field: func(c *Config) any { return &c.Serve.ReadTimeout }, check: positive,
		},
		{
			Name: "serve.request_timeout", Default: "30s", Example: "10s",
			Doc:   "Longest time to find an answer; then it is 503.",
			field: func(c *Config) any { return &c.Serve.RequestTimeout }, check: positive,
		},
		{
			Name: "serve.stall_timeout", Default: "1m", Example: "20s",
			Doc:   "Longest time a client may take nothing of its answer.",
			field: func(c *Config) any { return &c.Serve.StallTimeout }, check: positive,
		},
		{
			Name: "serve.idle_timeout", Default: "2m", Example: "30s",
			Doc:   "How long a connection without requests is kept.",
			field: func(c *Config) any { return &c.Serve.IdleTimeout }, check: positive,
		},
		{
			Name: "serve.shutdown_timeout", Default: "15s", Example: "1m",
			Doc:   "How long a stop waits for the answers under way.",
			field: func(c *Config) any { return &c.Serve.ShutdownTimeout },
		},
		{
			Name: "log.level", Default: "info", Example: "debug", Choices: []string{"debug", "info", "warn", "error"},
			Doc:   "Least level written to the log file.",
			field: func(c *Config) any { return &c.Log.Level },
		},
		{
			Name: "log.max_size_mb", Default: "20", Example: "100", Unit: "megabytes",
			Doc:   "Size at which the log file is put aside and a new one begun.",
			field: func(c *Config) any { return &c.Log.MaxSizeMB }, check: positive,
		},
		{
			Name: "log.backups", Default: "5", Example: "10", Unit: "files",
			Doc:   "Log files put aside that are kept. 0: all of them.",
			field: func(c *Config) any { return &c.Log.Backups },
		},
		{
			Name: "log.max_age_days", Default: "30", Example: "90", Unit: "days",
			Doc:   "Age at which a log file put aside is removed. 0: never.",
			field: func(c *Config) any { return &c.Log.MaxAgeDays },
		},
	}
}

// Lookup returns the key of that name.
func Lookup(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return lookupFamily(name)
}

// Env is the environment variable that sets the key.
func (k Key) Env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// Section is what stands before the dot of the name, "" when there is none.
func (k Key) Section() string {
	before, _, found := strings.Cut(k.Name, ".")
	if !found {
		return ""
	}
	return before
}
