package fetch

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 5

var (
	errTooManyRedirects = errors.New("more than 5 redirects")
	errDowngrade        = errors.New("redirect from https to http refused")
)

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errTooManyRedirects
	}
	if req.URL.Scheme != "https" && via[len(via)-1].URL.Scheme == "https" {
		return errDowngrade
	}
	return nil
}

// toUpstream sends a request for https://HOST/PATH to base/HOST/PATH, and turns
// the redirects that come back into redirects between original URLs.
type toUpstream struct {
	base *url.URL
	next http.RoundTripper
}

func (t toUpstream) RoundTrip(req *http.Request) (*http.Response, error) {
	target, err := t.target(req.URL)
	if err != nil {
		return nil, err
	}
	sent := req.Clone(req.Context())
	sent.URL, sent.Host = target, ""
	if user := t.base.User; user != nil {
		password, _ := user.Password()
		sent.SetBasicAuth(user.Username(), password)
	}
	resp, err := t.next.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	resp.Request = req
	if location := resp.Header.Get("Location"); location != "" {
		resp.Header.Set("Location", t.original(location, req.URL))
	}
	return resp, nil
}

func (t toUpstream) target(u *url.URL) (*url.URL, error) {
	base := *t.base
	base.User = nil
	target, err := url.Parse(strings.TrimRight(base.String(), "/") + "/" + canonicalHost(u.Host) + u.EscapedPath())
	if err != nil {
		return nil, err
	}
	target.RawQuery = u.RawQuery
	return target, nil
}

// original maps a Location below the base back to the URL it stands for. A
// Location that only has a path is either about the stand-in's own tree, and
// then begins with the host asked for, or was passed on from the true upstream.
func (t toUpstream) original(location string, asked *url.URL) string {
	u, err := url.Parse(location)
	if err != nil {
		return location
	}
	if u.Host != "" && (u.Host != t.base.Host || (u.Scheme != "" && u.Scheme != t.base.Scheme)) {
		return location
	}
	rest, below := strings.CutPrefix(u.EscapedPath(), strings.TrimRight(t.base.EscapedPath(), "/")+"/")
	if !below {
		return location
	}
	name, path, _ := strings.Cut(rest, "/")
	if name == "" || (u.Host == "" && name != canonicalHost(asked.Host)) {
		return location
	}
	mapped := asked.Scheme + "://" + name + "/" + path
	if u.RawQuery != "" {
		mapped += "?" + u.RawQuery
	}
	return mapped
}
