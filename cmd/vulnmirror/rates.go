package main

import (
	"fmt"
	"time"

	"vulnmirror/fetch"
	"vulnmirror/source/nvdupstream"
)

// feedRate is how fast NVD's feed files are asked for unless nvd.rate says
// otherwise. They are static files, for which NVD states no limit; a whole
// check of every year's .meta fits in one window.
var feedRate = fetch.Rate{Requests: 100, Window: 30 * time.Second}

// otherRate is for hosts that state no limit.
var otherRate = fetch.Rate{Requests: 50, Window: 30 * time.Second}

// GitHub's raw files, Microsoft's and CERT's servers state no limit either. The
// first serves files by the thousand; the others are asked no faster in the long
// run than their other readers ask them, one or two requests a second.
const (
	githubHost = "raw.githubusercontent.com"
	certccHost = "kb.cert.org"
	certfrHost = "www.cert.ssi.gouv.fr"
	msrcHost   = "api.msrc.microsoft.com"
)

var (
	githubRate = fetch.Rate{Requests: 3000, Window: time.Minute}
	certccRate = fetch.Rate{Requests: 60, Window: time.Minute}
	noticeRate = fetch.Rate{Requests: 300, Window: 150 * time.Second}
)

// rates are those of hosts, and of all others.
func (a *app) rates() (map[string]fetch.Rate, fetch.Rate, error) {
	api := fetch.Rate{Requests: 5, Window: 30 * time.Second, Even: true}
	if a.config.NVD.APIKey.Reveal() != "" {
		api.Requests = 50
	}
	rates := map[string]fetch.Rate{
		nvdupstream.APIHost: api, nvdupstream.FeedHost: feedRate,
		githubHost: githubRate, certccHost: certccRate, certfrHost: noticeRate, msrcHost: noticeRate,
	}
	other := otherRate
	if text := a.config.HTTP.Rate; text != "" {
		rate, err := fetch.ParseRate(text)
		if err != nil {
			return nil, other, wrongUse(fmt.Errorf("http.rate: %w", err), "")
		}
		other = rate
		rates = map[string]fetch.Rate{nvdupstream.APIHost: api, nvdupstream.FeedHost: feedRate}
	}
	if text := a.config.NVD.Rate; text != "" {
		rate, err := fetch.ParseRate(text)
		if err != nil {
			return nil, other, wrongUse(fmt.Errorf("nvd.rate: %w", err), "")
		}
		rates[nvdupstream.APIHost], rates[nvdupstream.FeedHost] = rate, rate
	}
	return rates, other, nil
}
