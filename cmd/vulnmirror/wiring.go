package main

import (
	"net/http"
	"path/filepath"

	"vulnmirror/archive"
	"vulnmirror/config"
	"vulnmirror/fetch"
	"vulnmirror/mirror"
	"vulnmirror/source"
	"vulnmirror/source/all"
	"vulnmirror/source/msrccsv"
	"vulnmirror/source/nvdcve"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/store"
)

func (a *app) archive() *archive.Archive { return archive.Open(a.config.Data) }

// sources is every source, configured.
func (a *app) sources() []source.Source {
	nvd := a.config.NVD
	settings := nvdupstream.Settings{Method: nvd.Method, Overlap: nvd.Overlap, Now: a.now}
	return all.New(all.Config{
		NVD:        settings,
		NVDCVE:     nvdcve.Config{Settings: settings, Plan: nvd.Plan, Years: a.chosen(nvd.Years)},
		CERTCCText: a.config.CERTCC.Text, CERTFRYears: a.chosen(a.config.CERTFR.Years), MSRCYears: a.chosen(a.config.MSRC.Years),
		MSRCFiles: filepath.Join(a.config.Data, msrccsv.Name),
		NoFloors:  !a.config.Source.Floors, Now: a.now,
	})
}

// chosen lists the years named, none when none are.
func (a *app) chosen(y config.Years) []int {
	if y.String() == "" {
		return nil
	}
	return y.List(a.now())
}

// newClient is what all requests to upstream go through.
func (a *app) newClient() (*fetch.Client, error) {
	c := a.config.HTTP
	rates, other, err := a.rates()
	if err != nil {
		return nil, err
	}
	keys := make(map[string]http.Header)
	if key := a.config.NVD.APIKey.Reveal(); key != "" {
		keys[nvdupstream.APIHost] = http.Header{"apiKey": {key}}
	}
	agent := c.UserAgent
	if agent == "" {
		agent = "vulnmirror/" + currentBuild().Version + " (local mirror of vulnerability data)"
	}
	return fetch.New(fetch.Config{
		UserAgent: agent, Upstream: a.config.Upstream,
		Rates: rates, DefaultRate: other, Keys: keys,
		Attempts: c.Attempts, Backoff: c.Backoff, MaxBackoff: c.MaxBackoff, MaxElapsed: c.MaxElapsed,
		ConnectTimeout: c.ConnectTimeout, HeaderTimeout: c.HeaderTimeout, IdleTimeout: c.IdleTimeout,
		PerHost: c.PerHost, CAFile: c.CAFile,
		Ledger: filepath.Join(a.config.Data, "rates"),
		Logger: a.log, Meter: a.meter,
	})
}

// newMirror ties the sources to the archive and st, which may be nil for work
// that needs none.
func (a *app) newMirror(st store.Store) (*mirror.Mirror, error) {
	client, err := a.newClient()
	if err != nil {
		return nil, err
	}
	locations, err := a.locations()
	if err != nil {
		return nil, err
	}
	return &mirror.Mirror{
		Sources: a.sources(), Archive: a.archive(), Store: st, Client: client,
		Meter: a.meter, Log: a.log, Now: a.now,
		LockWait: a.config.Lock.Wait, Parallel: a.config.Sync.Parallel,
		MaxAge: a.maxAge, RenewAfter: a.config.Source.RenewAfter, Locations: locations,
	}, nil
}
