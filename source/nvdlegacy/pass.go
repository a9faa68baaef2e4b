package nvdlegacy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvd"
	"vulnmirror/source"
)

// metaLimit is larger than any .meta file.
const metaLimit = 4 << 10

// pass is one Fetch of the retired files.
type pass struct {
	up     *fetch.Client
	run    *archive.Run
	cursor source.Cursor
	held   int  // files held after it
	fresh  bool // something came
}

// bring brings one file up to date.
func (p *pass) bring(ctx context.Context, u upstream) error {
	request := fetch.Request{URL: u.url, Resumable: true, Gzipped: true, Header: http.Header{"Accept": {"application/json, application/xml"}}}
	held, isHeld := p.run.Current(u.path)
	var meta nvd.Meta
	if u.meta != "" {
		var err error
		if meta, err = p.meta(ctx, u.meta); err != nil {
			return err
		}
		if isHeld && held.ContentSHA256 == meta.SHA256 {
			return nil
		}
	} else if isHeld {
		request.ETag, request.LastModified = held.ETag, held.LastModified
	}
	var proof Proof
	request.Check = func(r io.Reader) (err error) {
		if proof, err = prove(ctx, r); err != nil {
			return err
		}
		if !slices.Contains(u.forms, proof.Form) {
			return fmt.Errorf("it is a document %s", proof.Form)
		}
		return matches(meta, proof)
	}
	result, err := p.up.Download(ctx, request, p.run.Part(u.path))
	if errors.Is(err, fetch.ErrNotModified) {
		return nil
	}
	if err != nil {
		return p.quarantine(u, err)
	}
	file := archive.File{
		Path: u.path, URL: u.url, Encoding: result.Encoding,
		ContentBytes: result.ContentBytes, ContentSHA256: result.ContentSHA256, WireSHA256: result.WireSHA256,
		ETag: result.ETag, LastModified: result.LastModified, AsOf: meta.LastModified,
	}
	if file.AsOf.IsZero() {
		file.AsOf = proof.Made
	}
	got, err := p.run.Put(file)
	p.fresh = p.fresh || err == nil && (!isHeld || got.Filename != held.Filename)
	if proof.Newest.After(p.cursor.Watermark) && u.meta != "" {
		p.cursor.Watermark = proof.Newest
	}
	return err
}

// meta fetches and reads a .meta file.
func (p *pass) meta(ctx context.Context, url string) (meta nvd.Meta, err error) {
	_, _, err = p.up.Read(ctx, fetch.Request{URL: url, Check: func(r io.Reader) error {
		text, err := io.ReadAll(r)
		if err == nil {
			meta, err = nvd.ParseMeta(text)
		}
		return err
	}}, metaLimit)
	return meta, err
}

// quarantine keeps the last bad body, when there was one, and says that it was
// refused.
func (p *pass) quarantine(u upstream, err error) error {
	var bad *fetch.ContentError
	if !errors.As(err, &bad) {
		return err
	}
	err = refuse(err)
	if bad.Part == p.run.Part(u.path) {
		err = errors.Join(err, p.run.QuarantineFile(archive.File{Path: u.path, URL: u.url}, bad.Reason.Error()))
	}
	return err
}
